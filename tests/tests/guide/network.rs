//! A network of the test's own: the guide's ports are written in the guide, and on this machine others may use them.
//!
//! Where the system gives nobody such a network, it uses the machine's own ports, one page after the other, and says so loudly.

use std::env;
use std::fs::File;
use std::net::TcpListener;

use sixshift_tests::{OwnNetwork, own_network};

/// Says that the test already is where it wants to be.
const THERE: &str = "SIXSHIFT_GUIDE_NETWORK";
/// The ports that the guide names.
const PORTS: [u16; 2] = [4566, 8686];

/// Carries a test out where the guide's ports are free.
pub(crate) fn own(test: impl FnOnce()) {
    match own_network(THERE) {
        OwnNetwork::Here => test(),
        OwnNetwork::Passed => {}
        OwnNetwork::NotGiven => shared(test),
    }
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
