//! A folder of Terraform's in which AWS's own provider works on a simulated region.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::checkout;

/// Copies of the checkout's modules, with whatever Terraform keeps beside them; gone with the test.
#[derive(Debug)]
pub struct Module {
    /// Where it is.
    pub folder: PathBuf,
    url: String,
}

impl Module {
    /// Files of `tests/terraform` in a folder of their own, for the region at an address.
    ///
    /// # Errors
    /// They cannot be copied.
    pub fn new(name: &str, url: &str, files: &[&str]) -> io::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("sixshift-terraform-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let source = checkout().join("tests/terraform");
        for file in files {
            fs::copy(source.join(file), folder.join(file))?;
        }
        Ok(Self {
            folder,
            url: url.to_owned(),
        })
    }

    /// What Terraform does with some arguments.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, arguments: &[&str]) -> io::Result<Output> {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("TF_VAR_region_url", &self.url)
            // Whatever the person at this machine has configured for AWS stays out.
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env_remove("AWS_ENDPOINT_URL")
            .env_remove("AWS_PROFILE")
            .output()
    }

    /// Why Terraform cannot judge here, where it cannot: this machine has none, or no registry gives it the provider.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        match self.run(&["init", "-no-color"]) {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(said(&output)),
            Err(error) => Some(error.to_string()),
        }
    }

    /// A file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // It is a temporary folder: the system clears what stays.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// All that a program said.
#[must_use]
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}
