//! A network of the test's own: the guide's ports are written in the guide, and on this machine others may use them.
//!
//! The test runs itself again in a network that has nothing but a loopback. Where the system gives nobody such a network, it uses
//! the machine's own ports, one page after the other, and says so loudly.

use std::env;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

/// Says that the test already is where it wants to be.
const THERE: &str = "SIXSHIFT_GUIDE_NETWORK";
/// The ports that the guide names.
const PORTS: [u16; 2] = [4566, 8686];
const UNSHARE: [&str; 5] = ["unshare", "--net", "--map-root-user", "sh", "-c"];
/// iproute2 is not everywhere; Python is where these tests are.
const UP: &str = "ip link set lo up 2>/dev/null || python3 -c 'import fcntl, socket, struct; \
    fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\"16sh\", b\"lo\", 0x49))'";

/// Carries a test out where the guide's ports are free.
pub(crate) fn own(test: impl FnOnce()) {
    if env::var_os(THERE).is_some() {
        return test();
    }
    let can = unshare(UP).stdout(Stdio::null()).status();
    if can.is_ok_and(|status| status.success()) {
        again();
    } else {
        shared(test);
    }
}

fn unshare(script: &str) -> Command {
    let mut command = Command::new(UNSHARE[0]);
    command.args(&UNSHARE[1..]).arg(script);
    command
}

/// This very test, in a network of its own.
fn again() {
    let this = env::current_exe().expect("a test knows its program");
    let name = thread::current().name().map(str::to_owned);
    let name = name.expect("the runner names a test's thread by the test");
    let status = unshare(&format!("{{ {UP}; }} && exec \"$@\""))
        .arg("sh")
        .arg(this)
        .args([&name, "--exact", "--nocapture"])
        .env(THERE, "1")
        .status()
        .expect("it just worked");
    assert!(status.success(), "see above");
}

fn shared(test: impl FnOnce()) {
    println!(
        "::warning title=Guide on shared ports::this system gives no network of one's own (unshare --net): the guide runs on the \
         machine's ports {PORTS:?}, and fails where somebody has them"
    );
    let path = env::temp_dir().join("sixshift-guide.lock");
    let lock = File::create(path).expect("a temporary file");
    lock.lock().expect("a file can be locked");
    for port in PORTS {
        let free = TcpListener::bind(("127.0.0.1", port));
        assert!(
            free.is_ok(),
            "port {port}, which the guide names, is taken on this machine"
        );
    }
    test();
}
