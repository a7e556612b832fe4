//! Who speaks, and what that lets them do.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::{Deserialize, Serialize};

use super::{AlbOidc, Digest, session::Session};
use crate::problem::Refusal;

/// What somebody may do. Each role may do what those before it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Read.
    Viewer,
    /// Give orders.
    Operator,
}

/// By what somebody is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Proven {
    /// By nothing.
    #[default]
    Nothing,
    /// By a token of this digest.
    Token(Digest),
    /// By a log-in.
    Session(Session),
    /// By the word of a load balancer that these settings trust.
    Vouched(Arc<AlbOidc>),
}

/// Whoever sent a request. In every request's extensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    name: Option<String>,
    role: Option<Role>,
    /// Where a browser sends the identity along by itself: what a form or header must repeat.
    csrf: Option<String>,
    proven: Proven,
}

impl Caller {
    /// Somebody with a token in the request.
    pub(super) fn with_token(name: &str, role: Role, proven: Proven) -> Self {
        Self {
            name: Some(name.to_owned()),
            role: Some(role),
            csrf: None,
            proven,
        }
    }

    /// The same, whatever the token.
    #[cfg(test)]
    pub(crate) fn called(name: &str, role: Role) -> Self {
        Self::with_token(name, role, Proven::Nothing)
    }

    /// Somebody whose browser sends the identity along by itself.
    pub(super) fn by_browser(name: &str, role: Role, csrf: String, proven: Proven) -> Self {
        Self {
            csrf: Some(csrf),
            ..Self::with_token(name, role, proven)
        }
    }

    /// Somebody without a name, where reading is open.
    pub(super) fn nobody(role: Option<Role>) -> Self {
        Self {
            role,
            ..Self::default()
        }
    }

    /// What was believed when they were let in.
    pub(super) fn proven(&self) -> &Proven {
        &self.proven
    }

    /// The token's name or the person's email.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether they may read.
    pub(crate) fn reads(&self) -> bool {
        self.role.is_some()
    }

    /// Whether they may give orders.
    pub(crate) fn orders(&self) -> bool {
        self.role == Some(Role::Operator)
    }

    /// What every form of theirs must hold as the field `csrf`; empty where none is needed.
    pub(crate) fn csrf(&self) -> &str {
        self.csrf.as_deref().unwrap_or_default()
    }

    /// Checks what a form or the header `x-csrf-token` repeats.
    pub(crate) fn check_csrf(&self, given: Option<&str>) -> Result<(), Refusal> {
        let Some(expected) = &self.csrf else {
            return Ok(());
        };
        let given = given.unwrap_or_default().as_bytes();
        verify_slices_are_equal(expected.as_bytes(), given).map_err(|_| {
            let remedy = "load the page again, then repeat the command; scripts send a token as `Authorization: Bearer`";
            Refusal::forbidden("the request does not come from a page of this daemon", remedy)
        })
    }

    /// The right to give an order; `csrf` is what the form or the header repeats.
    pub(crate) fn operator(&self, csrf: Option<&str>) -> Result<Operator, Refusal> {
        match (self.role, &self.name) {
            (Some(Role::Operator), Some(name)) => {
                self.check_csrf(csrf)?;
                Ok(Operator(name.clone()))
            }
            (_, Some(name)) => Err(Refusal::forbidden(
                format!("{name} may read, but give no orders"),
                "use a token with the role operator",
            )),
            (_, None) => Err(Refusal::unauthorized("orders need an operator's token")),
        }
    }
}

/// Proof that a request may give orders, and by whom. Only [`Caller::operator`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operator(String);

impl Operator {
    /// Who.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}
