//! What the policies of a role make of the address that a call comes from.
//!
//! What belongs here: which policies are read. What must not: what stands in a document ([`crate::policy`]), and whether IPv6 passes.
//!
//! AWS's own policies are not read: what they have no say in is where a customer's tasks run.

use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use percent_encoding::percent_decode_str;
use sixshift_core::observation::{AddressCondition, Known};

use crate::{
    call::{
        GET_POLICY, GET_POLICY_VERSION, GET_ROLE, GET_ROLE_POLICY, LIST_ATTACHED_ROLE_POLICIES,
        LIST_ROLE_POLICIES, Operation,
    },
    error::Error,
    policy,
    region::Clients,
    xml::Element,
};

/// `Absent` where there is no such role.
pub(super) async fn conditions(
    clients: Arc<Clients>,
    arn: String,
) -> Result<Known<Arc<Vec<AddressCondition>>>, Error> {
    let role = arn.rsplit('/').next().unwrap_or_default();
    // Both are waited for: a call that is dropped half-way is counted nowhere.
    let both = tokio::join!(own(&clients, role), attached(&clients, role));
    let mut documents = match both {
        (Err(error), _) | (_, Err(error)) if error.is_code(&["NoSuchEntity"]) => {
            return Ok(Known::Absent);
        }
        (own, attached) => {
            let mut own = own?;
            own.extend(attached?);
            own
        }
    };
    documents.extend(boundary(&clients, role).await?);
    documents.sort();
    let found = documents
        .iter()
        .flat_map(|(name, text)| policy::conditions(name, text));
    Ok(Known::Seen(Arc::new(found.collect())))
}

/// A policy's name and its document.
type Document = (String, String);

async fn ask(
    clients: &Clients,
    operation: &'static Operation,
    asked: &[(&str, &str)],
) -> Result<Element, Error> {
    let iam = &clients.neighbours.iam;
    iam.ask(&clients.caller, operation, asked).await
}

async fn own(clients: &Clients, role: &str) -> Result<Vec<Document>, Error> {
    let (iam, of) = (&clients.neighbours.iam, ("RoleName", role));
    let members = ["PolicyNames", "member", "Marker"];
    let names = iam
        .all(&clients.caller, &LIST_ROLE_POLICIES, &[of], members)
        .await?;
    let documents = names.iter().map(|name| async move {
        let name = name.text();
        let asked = [of, ("PolicyName", name)];
        let answer = ask(clients, &GET_ROLE_POLICY, &asked).await?;
        Ok((name.to_owned(), decoded(answer.get("PolicyDocument"))))
    });
    try_join_all(documents).await
}

async fn attached(clients: &Clients, role: &str) -> Result<Vec<Document>, Error> {
    let iam = &clients.neighbours.iam;
    let members = ["AttachedPolicies", "member", "Marker"];
    let asked = [("RoleName", role)];
    let attached = iam
        .all(
            &clients.caller,
            &LIST_ATTACHED_ROLE_POLICIES,
            &asked,
            members,
        )
        .await?;
    let arns = attached.iter().map(|policy| policy.get("PolicyArn").text());
    let documents = arns
        .filter(|arn| !is_awss(arn))
        .map(|arn| document(clients, arn));
    join_all(documents).await.into_iter().collect()
}

/// What the role may do at most, where somebody has said so: only what this allows too is allowed.
async fn boundary(clients: &Clients, role: &str) -> Result<Option<Document>, Error> {
    let answer = ask(clients, &GET_ROLE, &[("RoleName", role)]).await?;
    let boundary = answer.get("Role").get("PermissionsBoundary");
    let arn = boundary.get("PermissionsBoundaryArn").text();
    if arn.is_empty() || is_awss(arn) {
        return Ok(None);
    }
    let (name, text) = document(clients, arn).await?;
    Ok(Some((format!("{name}, the permissions boundary"), text)))
}

/// AWS's own policies say nothing of addresses.
fn is_awss(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/")
}

/// The version that counts.
async fn document(clients: &Clients, arn: &str) -> Result<Document, Error> {
    let of = ("PolicyArn", arn);
    let answer = ask(clients, &GET_POLICY, &[of]).await?;
    let version = answer.get("Policy").get("DefaultVersionId").text();
    let asked = [of, ("VersionId", version)];
    let answer = ask(clients, &GET_POLICY_VERSION, &asked).await?;
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let document = answer.get("PolicyVersion").get("Document");
    Ok((name.to_owned(), decoded(document)))
}

/// IAM tells documents as a URL would.
fn decoded(document: &Element) -> String {
    let decoded = percent_decode_str(document.text());
    decoded.decode_utf8_lossy().into_owned()
}
