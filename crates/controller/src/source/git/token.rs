//! The access token, read anew at each fetch so that a changed one counts at once. It is never shown.

use std::fs;

use super::{Error, Git};

/// The token, if the settings name one.
pub(super) fn token(settings: &Git) -> Result<Option<String>, Error> {
    let (from, token) = match (&settings.token_file, &settings.token_env) {
        (Some(file), _) => (
            file.display().to_string(),
            fs::read_to_string(file).map_err(|error| error.to_string()),
        ),
        (None, Some(name)) => (
            format!("the environment variable {name}"),
            std::env::var(name).map_err(|_| "it is not set".to_owned()),
        ),
        (None, None) => return Ok(None),
    };
    let why = match token.as_deref().map(str::trim) {
        Ok("") => "it is empty".to_owned(),
        Ok(token) if token.chars().any(|c| !c.is_ascii_graphic()) => {
            "it is more than one word of ASCII".to_owned()
        }
        Ok(token) => return Ok(Some(token.to_owned())),
        Err(why) => why.clone(),
    };
    Err(Error::Token { from, why })
}
