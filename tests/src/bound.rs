//! A process that ends with us, however we end: killed, interrupted, or with a static that nobody drops.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

/// Holds a process to our life. Whoever drops it lets go of the process.
#[derive(Debug)]
pub struct Bound {
    /// Reads from us until there is nobody, then kills.
    watches: Child,
}

impl Bound {
    /// From now on a process ends no later than we do.
    ///
    /// # Errors
    /// There is no shell to watch.
    pub fn to_us(process: &Child) -> io::Result<Self> {
        let id = process.id().to_string();
        let watches = Command::new("sh")
            .args(["-c", "read -r _; kill -9 \"$1\"", "sh", &id])
            // Whatever ends all of a terminal's processes, or all of a test's, must not end this one before.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { watches })
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // Its end of the pipe is open until here, so it has killed nobody.
        let _ = self.watches.kill();
        let _ = self.watches.wait();
    }
}
