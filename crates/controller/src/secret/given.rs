//! What settings say of where a value is kept.
//!
//! What belongs here: how many of them belong there, what they are called, and which of them counts. What must not: whose value
//! it is.

use std::path::Path;

use super::{Check, Error, Place, Secret};

/// Where settings have a value: in one of three places; one that is no secret may be written itself.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) key: &'static str,
    /// Whether it may be left out.
    pub(crate) optional: bool,
    plain: Option<&'a str>,
    env: Option<&'a str>,
    file: Option<&'a Path>,
    pub(crate) stored: Option<&'a str>,
    /// Whether it may be written itself, too.
    may_be_plain: bool,
}

impl<'a> Given<'a> {
    pub(crate) fn of(
        key: &'static str,
        env: Option<&'a str>,
        file: Option<&'a Path>,
        stored: Option<&'a str>,
    ) -> Self {
        Self {
            key,
            optional: false,
            plain: None,
            env,
            file,
            stored,
            may_be_plain: false,
        }
    }

    /// One that may be written itself.
    pub(crate) fn or_plain(self, plain: Option<&'a str>) -> Self {
        Self {
            plain,
            may_be_plain: true,
            ..self
        }
    }

    /// One that may be left out.
    pub(crate) fn or_none(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    pub(crate) fn is_one(&self) -> bool {
        let places = [self.plain, self.env, self.stored];
        let places = places.iter().filter(|place| place.is_some()).count();
        let places = places + usize::from(self.file.is_some());
        places == 1 || (places == 0 && self.optional)
    }

    /// The settings of which one belongs there.
    pub(crate) fn names(&self) -> String {
        let key = self.key;
        let plain = if self.may_be_plain {
            format!("{key}, ")
        } else {
            String::new()
        };
        format!("{plain}{key}Env, {key}File and {key}Secret")
    }

    /// Reads it for the first time; `None`: it is left out. Blocks.
    ///
    /// # Errors
    /// It cannot be read, or is not what it must be.
    pub(crate) fn open(&self, check: Check) -> Result<Option<Secret>, Error> {
        let place = Place::of(self.env, self.file, self.stored);
        let opened = place.map(|place| Secret::open(place, check)).transpose()?;
        Ok(opened.or_else(|| self.plain.map(Secret::fixed)))
    }
}
