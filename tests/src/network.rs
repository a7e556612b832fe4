//! Networks of a test's own: its ports meet nobody's, and its hosts have the addresses that the test gives them.
//!
//! The test runs itself again in a network that has nothing but a loopback. What must not be here: what runs in it.

use std::{
    env,
    io::{self, BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
};

const UNSHARE: [&str; 5] = ["unshare", "--net", "--map-root-user", "sh", "-c"];
/// iproute2 is not everywhere; Python is where these tests are.
const UP: &str = "ip link set lo up 2>/dev/null || python3 -c 'import fcntl, socket, struct; \
    fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\"16sh\", b\"lo\", 0x49))'";

/// Where a test is that wants a network of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnNetwork {
    /// In it: the test goes on.
    Here,
    /// Not in it; it ran there, and passed.
    Passed,
    /// The system gives nobody one (`unshare --net`).
    NotGiven,
}

/// Carries this very test out in a network of its own. `marker` is a variable of the environment which says there that it is.
///
/// # Panics
/// When the test failed there.
#[must_use]
pub fn own_network(marker: &str) -> OwnNetwork {
    if env::var_os(marker).is_some() {
        return OwnNetwork::Here;
    }
    let can = unshare(UP).stdout(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        return OwnNetwork::NotGiven;
    }
    let passed = again(marker);
    assert!(
        passed.is_ok_and(|passed| passed),
        "it failed in a network of its own, see above"
    );
    OwnNetwork::Passed
}

fn unshare(script: &str) -> Command {
    let mut command = Command::new(UNSHARE[0]);
    command.args(&UNSHARE[1..]).arg(script);
    command
}

fn again(marker: &str) -> io::Result<bool> {
    let name = thread::current().name().map(str::to_owned);
    let status = unshare(&format!("{{ {UP}; }} && exec \"$@\""))
        .arg("sh")
        .arg(env::current_exe()?)
        // The runner names a test's thread by the test.
        .args(name.as_deref().unwrap_or_default().split_whitespace())
        .args(["--exact", "--nocapture"])
        .env(marker, "1")
        .status()?;
    Ok(status.success())
}

/// Another host, joined to this test's own network by one cable. It ends with this value.
#[derive(Debug)]
pub struct Host {
    holds: Child,
}

impl Host {
    /// A host that has IPv6 addresses alone, on its loopback too: `theirs`, and this side of the cable is `ours`, as in `fd00::1`.
    ///
    /// # Errors
    /// When iproute2 or nsenter is not there, or the kernel refuses.
    pub fn without_ipv4(ours: &str, theirs: &str) -> io::Result<Self> {
        let mut holds = Command::new("unshare")
            .args(["--net", "sh", "-c", "echo there; exec sleep 3600"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(stdout) = holds.stdout.take() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        let host = Self { holds };
        let id = host.holds.id().to_string();
        run(
            &mut Command::new("ip"),
            &format!("link add cable type veth peer name cable netns {id}"),
        )?;
        // Nobody else has the address: not asking saves a second in which it could not be used.
        let address = format!("addr add {ours}/64 dev cable nodad");
        run(&mut Command::new("ip"), &address)?;
        run(&mut Command::new("ip"), "link set cable up")?;
        for step in [
            "link set lo up",
            "addr del 127.0.0.1/8 dev lo",
            &format!("addr add {theirs}/64 dev cable nodad"),
            "link set cable up",
        ] {
            run(&mut host.command("ip"), step)?;
        }
        Ok(host)
    }

    /// A program that runs there.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--net", "--target", &self.holds.id().to_string()])
            .arg(program);
        command
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.holds.kill();
        let _ = self.holds.wait();
    }
}

fn run(command: &mut Command, arguments: &str) -> io::Result<()> {
    let output = command.args(arguments.split_whitespace()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("ip {arguments}: {said}")))
}
