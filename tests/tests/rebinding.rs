//! A receiver's name whose address changes under the daemon: the name server tells the internet's address once and the own
//! network's the next time, in every order. Nobody in the own network is ever connected to.
//!
//! In a network of the test's own, with a name server of its own; the addresses of the internet are its loopback's.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{IpAddr, TcpListener, TcpStream, UdpSocket},
    path::PathBuf,
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, sleep},
    time::{Duration, Instant},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use sixshift_tests::{OwnNetwork, Server, binary, in_region, own_network};

const THERE: &str = "SIXSHIFT_REBINDING_NETWORK";
const NAME: &str = "hooks.example.test";
const PORT: u16 = 8443;
/// Given out to somebody, and here nobody's.
const INTERNET: [&str; 2] = ["192.1.0.1", "2606:4700:4700::1111"];
/// Who must never be met.
const PRIVATE: [&str; 5] = ["10.0.0.7", "169.254.169.254", "fd00::7", "127.0.0.1", "::1"];
const PATIENCE: Duration = Duration::from_secs(120);

/// What the name server tells at first, look-up by look-up and again: refused all of them, for one of the addresses at least is
/// private.
const REFUSED: [&[&str]; 5] = [
    &["10.0.0.7"],
    &["192.1.0.1", "169.254.169.254"],
    &["127.0.0.1", "192.1.0.1"],
    &["2606:4700:4700::1111", "fd00::7"],
    &["192.1.0.1", "::1"],
];

#[test]
fn a_name_that_comes_to_lead_into_the_own_network_leads_nobody_there() {
    match own_network(THERE) {
        OwnNetwork::Here => told_all_the_same(),
        OwnNetwork::Passed => {}
        OwnNetwork::NotGiven => {
            left_out("this system gives no network of one's own (unshare --net)")
        }
    }
}

fn left_out(why: &str) {
    println!(
        "::warning title=DNS rebinding left out::{why}: nothing says that a receiver's name is looked up once"
    );
}

fn told_all_the_same() {
    for address in INTERNET.iter().chain(&PRIVATE) {
        if let Err(why) = assigned(address) {
            return left_out(&why);
        }
    }
    let stage = Stage::new();
    if !stage.has_a_name_server_of_its_own() {
        return left_out("this system lets nobody mount a name server's address (unshare --mount)");
    }
    let names = Names::serve();
    let private = met();
    let (receiver, delivered) = Receiver::at(INTERNET[0], &stage.folder);
    let mut daemon = stage.daemon(&receiver.certificate);

    let mut told = String::new();
    wait(&stage, &mut daemon, "its refusal is told", || {
        told = stage.events();
        told.contains("notifications to rebound") && told.contains("is not one of the internet's")
    });
    assert!(
        told.contains(NAME) && !told.contains("a-secret-path"),
        "{told}"
    );
    assert!(names.looked_up() > REFUSED.len(), "every order was told");
    assert!(delivered.lock().unwrap().is_empty());

    let nobody_inside = || {
        let met = private.load(Ordering::SeqCst);
        assert_eq!(met, 0, "somebody in the own network was met");
    };
    let before = names.turns();
    wait(
        &stage,
        &mut daemon,
        "the next good answer delivers it",
        || {
            nobody_inside();
            !delivered.lock().unwrap().is_empty()
        },
    );
    let first = delivered.lock().unwrap()[0].clone();
    assert!(first.contains("the daemon has started"), "{first}");
    // That it is accepted again is told as well, and meets the own network's address first.
    wait(
        &stage,
        &mut daemon,
        "what comes after it is told as well",
        || delivered.lock().unwrap().len() > 1,
    );
    assert!(names.looked_up() >= before + 3, "a look-up a try");
    nobody_inside();
}

fn assigned(address: &str) -> Result<(), String> {
    if ["127.0.0.1", "::1"].contains(&address) {
        return Ok(());
    }
    let of: &[&str] = match address.contains(':') {
        true => &["/128", "nodad"],
        false => &["/32"],
    };
    let mut ip = Command::new("ip");
    ip.args(["addr", "add", &format!("{address}{}", of[0]), "dev", "lo"]);
    let output = ip.args(&of[1..]).output();
    let output = output.map_err(|e| format!("{e} (iproute2 gives addresses)"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn wait(stage: &Stage, daemon: &mut Daemon, what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(daemon.0.try_wait().unwrap().is_none(), "{}", stage.log());
        assert!(
            since.elapsed() < PATIENCE,
            "not seen: {what}\n{}",
            stage.log()
        );
        sleep(Duration::from_millis(100));
    }
}

/// A name server for one name. An answer lives for no time; a question for IPv4 addresses begins a look-up.
#[derive(Clone)]
struct Names {
    lookups: Arc<AtomicUsize>,
    /// The look-up from which on good answers come, every second time.
    turned: Arc<AtomicUsize>,
}

impl Names {
    fn serve() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
        let names = Self {
            lookups: Arc::default(),
            turned: Arc::new(AtomicUsize::new(usize::MAX)),
        };
        let served = names.clone();
        thread::spawn(move || {
            let mut packet = [0_u8; 512];
            while let Ok((length, asker)) = socket.recv_from(&mut packet) {
                let answer = answer(&packet[..length], &served);
                socket.send_to(&answer, asker).unwrap();
            }
        });
        names
    }

    fn looked_up(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }

    /// From the next look-up on the internet's address and the own network's take turns; which look-up that is.
    fn turns(&self) -> usize {
        let next = self.looked_up();
        self.turned.store(next, Ordering::SeqCst);
        next
    }

    /// What a look-up is told.
    fn told(&self, lookup: usize) -> Vec<IpAddr> {
        let addresses = match lookup.checked_sub(self.turned.load(Ordering::SeqCst)) {
            None => REFUSED[lookup % REFUSED.len()],
            Some(since) if since.is_multiple_of(2) => &INTERNET[..1],
            Some(_) => &PRIVATE[..1],
        };
        addresses.iter().map(|a| a.parse().unwrap()).collect()
    }
}

/// RFC 1035: the header, the question as it came, and an answer for each address of the family that is asked for.
fn answer(question: &[u8], names: &Names) -> Vec<u8> {
    const A: [u8; 2] = [0, 1];
    const AAAA: [u8; 2] = [0, 28];
    let end = 12 + question[12..].iter().position(|b| *b == 0).unwrap() + 1;
    let kind = [question[end], question[end + 1]];
    let asked = &question[12..end + 4];
    let is_ours = asked.starts_with(b"\x05hooks\x07example\x04test\x00");
    let lookup = match (is_ours, kind) {
        (true, A) => names.lookups.fetch_add(1, Ordering::SeqCst),
        _ => names.looked_up().saturating_sub(1),
    };
    let found = names
        .told(lookup)
        .into_iter()
        .filter_map(|address| match (address, kind) {
            (IpAddr::V4(address), A) => Some(address.octets().to_vec()),
            (IpAddr::V6(address), AAAA) => Some(address.octets().to_vec()),
            _ => None,
        });
    let found: Vec<Vec<u8>> = found.filter(|_| is_ours).collect();
    let mut packet = question[..2].to_vec();
    packet.extend([0x81, 0x80, 0, 1, 0, found.len() as u8, 0, 0, 0, 0]);
    packet.extend(asked);
    for address in found {
        packet.extend([
            0xc0,
            12,
            kind[0],
            kind[1],
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            address.len() as u8,
        ]);
        packet.extend(address);
    }
    packet
}

/// How often somebody was met at a private address.
fn met() -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    for address in PRIVATE {
        let address: IpAddr = address.parse().unwrap();
        let listener = TcpListener::bind((address, PORT)).unwrap();
        let count = Arc::clone(&count);
        thread::spawn(move || {
            for _ in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    count
}

/// A receiver of webhooks on the internet, over TLS.
struct Receiver {
    certificate: PathBuf,
}

impl Receiver {
    fn at(address: &str, folder: &std::path::Path) -> (Self, Arc<Mutex<Vec<String>>>) {
        let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).unwrap();
        let certificate = folder.join("ca.pem");
        fs::write(&certificate, made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((address, PORT)).unwrap();
        let delivered = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&delivered);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(body) = accepted(stream, &config) {
                    kept.lock().unwrap().push(body);
                }
            }
        });
        (Self { certificate }, delivered)
    }
}

/// The body of one request, which is accepted.
fn accepted(stream: TcpStream, config: &Arc<ServerConfig>) -> Option<String> {
    let connection = ServerConnection::new(Arc::clone(config)).ok()?;
    let mut stream = StreamOwned::new(connection, stream);
    let (mut read, mut part) = (Vec::new(), [0_u8; 4096]);
    loop {
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        read.extend(&part[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        })?;
        if body.len() >= length {
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?;
            stream.conn.send_close_notify();
            let _ = stream.flush();
            return Some(body.to_owned());
        }
    }
}

/// AWS, a plan, and the daemon's settings.
struct Stage {
    binary: PathBuf,
    folder: PathBuf,
    region: Server,
}

impl Stage {
    fn new() -> Self {
        let name = format!("sixshift-rebinding-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let binary = binary().unwrap();
        let mut sim = Command::new(&binary);
        // Five minutes until a receiver that fails is told of are half a second.
        sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", "600"]);
        sim.args(["--scenario", "healthy", "--write-plans"]);
        let region = Server::announced(sim.arg(folder.join("plans"))).unwrap();
        let settings = format!(
            "apiVersion: sixshift/v1\nkind: Settings\nsource: {{ dir: {{ path: {0}/plans }} }}\n\
             journal: {{ path: {0}/journal.redb }}\nlisten: [\"127.0.0.1:8686\"]\nnotify:\n  - webhook:\n      name: rebound\n      \
             url: https://{NAME}:{PORT}/a-secret-path\n      secretEnv: SECRET\n      on: [daemon]\n",
            folder.display()
        );
        fs::write(folder.join("settings.yaml"), settings).unwrap();
        let servers = "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n";
        fs::write(folder.join("resolv.conf"), servers).unwrap();
        Self {
            binary,
            folder,
            region,
        }
    }

    /// A program for which the test's name server is the machine's.
    fn resolving(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new("unshare");
        let mount = "mount --bind \"$1\" /etc/resolv.conf && shift && exec \"$@\"";
        command.args(["--mount", "sh", "-c", mount, "sh"]);
        command.arg(self.folder.join("resolv.conf")).arg(program);
        command
    }

    fn has_a_name_server_of_its_own(&self) -> bool {
        let status = self.resolving("true".as_ref()).status();
        status.is_ok_and(|status| status.success())
    }

    fn daemon(&self, certificate: &std::path::Path) -> Daemon {
        let log = File::create(self.folder.join("log")).unwrap();
        let mut run = self.resolving(&self.binary);
        let settings = self.folder.join("settings.yaml");
        run.args(["run", "--sim-clock", &self.region.url, "--config"]);
        let run = in_region(run.arg(settings), &self.region.url)
            .env("SSL_CERT_FILE", certificate)
            .env("SECRET", "of at least so many bytes, as a key has to be")
            .env("NO_COLOR", "1");
        let run = run.stdout(log.try_clone().unwrap()).stderr(log);
        Daemon(run.spawn().unwrap())
    }

    /// Everything that the daemon's history has.
    fn events(&self) -> String {
        let mut events = Command::new(&self.binary);
        events.args(["events", "-o", "json", "--server", "http://127.0.0.1:8686"]);
        String::from_utf8(events.output().unwrap().stdout).unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// It ends with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
