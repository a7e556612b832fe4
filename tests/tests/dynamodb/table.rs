//! What only a table has: its shape, the fence, rows that go by themselves, answers that are lost.

use std::{
    io::{Read, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use sixshift_aws::store::Table;
use sixshift_controller::{
    event::{Event, EventKind},
    journal::{DynamoDb, Error, Expect, Journal, Page, Records, Save},
    lease::{Leader, Lease as _, TableLease},
};
use tokio::time::timeout;

use crate::{MOTO, TABLE, done, get, prefix, put, sdk};

fn named(table: &str) -> DynamoDb {
    DynamoDb::new(Table::new(&MOTO.sdk, table), &prefix())
}

#[test]
fn a_table_as_deploy_makes_it_fits_and_another_is_refused_with_its_remedy() {
    done(named(TABLE).fits()).unwrap();
    MOTO.boto.table("other", "ttl").unwrap();
    let refused = done(named("other").fits()).unwrap_err().to_string();
    assert!(refused.contains("expire by \"ttl\""), "{refused}");
    let refused = done(named("nowhere").fits()).unwrap_err().to_string();
    assert!(
        refused.contains("make the table as deploy/ does"),
        "{refused}"
    );
}

#[test]
fn an_earlier_epoch_writes_nothing_more_and_reads_on() {
    let (table, prefix) = (Table::new(&MOTO.sdk, TABLE), prefix());
    let (old, new) = (
        DynamoDb::new(table.clone(), &prefix),
        DynamoDb::new(table, &prefix),
    );
    done(old.fence(1)).unwrap();
    put(&old, "a", Expect::Absent, "old").unwrap();
    done(new.fence(2)).unwrap();
    for expect in [Expect::Anything, Expect::Version(1)] {
        let refused = put(&old, "a", expect, "too late").unwrap_err();
        assert!(matches!(refused, Error::Fenced { epoch: 1 }), "{refused}");
    }
    assert_eq!(get(&old, "a").unwrap().value, b"old");
    put(&new, "a", Expect::Version(1), "new").unwrap();
    assert_eq!(get(&old, "a").unwrap().value, b"new");
    let refused = done(old.fence(1)).unwrap_err();
    assert_eq!(refused.kind(), "fenced");
}

/// DynamoDB's own words for what is in a row.
#[test]
fn events_say_when_they_may_go_and_what_people_said_stays() {
    let prefix = prefix();
    let table = Table::new(&MOTO.sdk, TABLE);
    let records = Records::new(Arc::new(DynamoDb::new(table, &prefix)));
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let event = Event {
        plan: Some("checkout".to_owned()),
        ..Event::new(at, EventKind::Command, "pause")
    };
    let facts = Save::Facts("checkout".to_owned(), Box::default());
    done(records.save(vec![facts], Some(event))).unwrap();
    let rows = MOTO.rows(&format!("{prefix}:journal"));
    let expires: Vec<(&str, Option<&str>)> = rows
        .iter()
        .map(|row| {
            (
                row["sk"]["S"].as_str().unwrap(),
                row["expires"]["N"].as_str(),
            )
        })
        .collect();
    let in_400_days = (1_790_000_000 + 400 * 86_400).to_string();
    let event = "event/00000000000000000001";
    for (key, expected) in [
        (event.to_owned(), Some(in_400_days.as_str())),
        (
            format!("plan-event/checkout/{}", &event[6..]),
            Some(in_400_days.as_str()),
        ),
        ("facts/checkout".to_owned(), None),
    ] {
        assert!(
            expires.contains(&(key.as_str(), expected)),
            "{key}: {expires:?}"
        );
    }
}

#[test]
fn a_thousand_events_page_both_ways_and_count_on_after_a_restart() {
    let (table, prefix) = (Table::new(&MOTO.sdk, TABLE), prefix());
    let open = || Records::new(Arc::new(DynamoDb::new(table.clone(), &prefix)));
    let records = open();
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    // Each is more than 4 KB, so that DynamoDB's pages of 1 MB end in between.
    let text = "x".repeat(5_000);
    for _ in 0..300 {
        let event = Event::new(at, EventKind::Daemon, text.clone());
        done(records.append(event)).unwrap();
    }
    let newest = done(records.events(None, Page::default())).unwrap();
    let numbers: Vec<u64> = newest.iter().map(|e| e.seq).collect();
    assert_eq!(numbers, (201..=300).rev().collect::<Vec<_>>());
    let all = Page {
        limit: 1_000,
        newest_first: false,
        after: Some(10),
        ..Page::default()
    };
    assert_eq!(done(records.events(None, all)).unwrap().len(), 290);
    let again = done(open().append(Event::new(at, EventKind::Daemon, "again"))).unwrap();
    assert_eq!(again.seq, 301);
}

/// Stands before moto: passes requests on, and closes the connection before the answer comes back, as often as it is told.
struct Lossy {
    url: String,
    /// Where it passes them on to.
    behind: String,
    left: AtomicU8,
    /// The token of each transaction that came.
    tokens: Mutex<Vec<String>>,
}

impl Lossy {
    fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let behind = MOTO.server.url.trim_start_matches("http://");
        let lossy = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            behind: behind.trim_end_matches('/').to_owned(),
            left: AtomicU8::new(0),
            tokens: Mutex::default(),
        });
        let serving = Arc::clone(&lossy);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, serving) = (client.unwrap(), Arc::clone(&serving));
                thread::spawn(move || serving.pass(client));
            }
        });
        lossy
    }

    fn pass(self: &Arc<Self>, mut client: TcpStream) {
        let mut server = TcpStream::connect(&self.behind).unwrap();
        let (mut from_client, mut to_server) =
            (client.try_clone().unwrap(), server.try_clone().unwrap());
        let noted = Arc::clone(self);
        thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok(count @ 1..) = from_client.read(&mut bytes) {
                noted.note(&bytes[..count]);
                if to_server.write_all(&bytes[..count]).is_err() {
                    return;
                }
            }
        });
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            let loses = |left: u8| left.checked_sub(1);
            let lost = self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, loses);
            if lost.is_ok() {
                let _ = client.shutdown(std::net::Shutdown::Both);
                return;
            }
            if client.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
    }

    fn note(&self, request: &[u8]) {
        let text = String::from_utf8_lossy(request);
        let mut parts = text.split("\"ClientRequestToken\":\"").skip(1);
        let token = parts.next().and_then(|rest| rest.split('"').next());
        self.tokens.lock().unwrap().extend(token.map(str::to_owned));
    }

    fn journal(&self, prefix: &str) -> DynamoDb {
        DynamoDb::new(Table::new(&done(sdk(&self.url)), TABLE), prefix)
    }
}

/// moto knows no tokens, DynamoDB does: here it is seen that they are right, not what they do.
#[test]
fn a_try_after_a_lost_reply_has_the_token_of_the_first_and_the_next_write_one_of_its_own() {
    let lossy = Lossy::start();
    let journal = lossy.journal(&prefix());
    lossy.left.store(2, Ordering::SeqCst);
    put(&journal, "a", Expect::Anything, "once").unwrap();
    put(&journal, "b", Expect::Anything, "next").unwrap();
    let tokens = lossy.tokens.lock().unwrap().clone();
    let [first, second, third, next] = &tokens[..] else {
        panic!("{tokens:?}");
    };
    assert!(
        first == second && second == third && third != next,
        "{tokens:?}"
    );
    assert!(first.len() <= 36);
}

/// Whatever the table makes of a token.
#[test]
fn an_event_whose_every_reply_is_lost_is_in_the_history_once_and_counts_once() {
    let (lossy, prefix) = (Lossy::start(), prefix());
    let records = Records::new(Arc::new(lossy.journal(&prefix)));
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let event = |text: &str| Event::new(at, EventKind::Command, text);
    done(records.append(event("before"))).unwrap();
    lossy.left.store(3, Ordering::SeqCst);
    done(records.append(event("pause"))).unwrap_err();
    done(records.reopen()).unwrap();
    let again = done(records.append(event("pause"))).unwrap();
    assert_eq!(again.seq, 2);
    done(records.append(event("after"))).unwrap();
    let page = Page {
        newest_first: false,
        ..Page::default()
    };
    let history = done(records.events(None, page)).unwrap();
    let texts: Vec<_> = history.iter().map(|e| (e.seq, e.text.as_str())).collect();
    assert_eq!(texts, [(1, "before"), (2, "pause"), (3, "after")]);
}

/// A renewal has no token: what it does may be done twice.
#[test]
fn a_lease_whose_renewals_lose_their_replies_is_kept() {
    let (lossy, prefix) = (Lossy::start(), prefix());
    let table = Table::new(&done(sdk(&lossy.url)), TABLE);
    let me = Leader {
        name: "a".to_owned(),
        url: None,
    };
    done(async {
        let lease = TableLease::new(table, &prefix, me);
        assert_eq!(lease.win().await, 1);
        lossy.left.store(2, Ordering::SeqCst);
        // Once is enough for two lost replies and the third.
        assert!(timeout(Duration::from_secs(4), lease.keep()).await.is_err());
        assert!(lease.remains().unwrap() > Duration::from_secs(12));
        assert_eq!(lease.trouble(), None);
    });
    let row = &MOTO.rows(&format!("{prefix}:lease"))[0];
    assert_eq!(row["epoch"]["N"], "1");
    let beat: u64 = row["beat"]["N"].as_str().unwrap().parse().unwrap();
    assert!((4..=5).contains(&beat), "{row}");
    assert_eq!(lossy.tokens.lock().unwrap().len(), 1, "to win it has one");
}

#[test]
fn a_table_that_nobody_answers_for_is_told_in_time_with_its_remedy() {
    let sdk = done(sdk("http://127.0.0.1:9"));
    let dark = DynamoDb::new(Table::new(&sdk, TABLE), &prefix());
    let begun = std::time::Instant::now();
    let refused = put(&dark, "a", Expect::Absent, "").unwrap_err();
    assert!(begun.elapsed().as_secs() < 5);
    let text = refused.to_string();
    assert!(text.contains("endpoint can be reached"), "{text}");
    assert!(!refused.why().is_empty());
}
