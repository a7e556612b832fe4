//! One lease, several daemons that want it.

use std::time::Duration;

use sixshift_aws::store::{Change, Condition, Key, Row, Table, Value};
use sixshift_controller::lease::{Leader, Lease, TableLease};
use tokio::time::{Instant, sleep, timeout};

use crate::{MOTO, TABLE, done, prefix, sdk};

fn of(prefix: &str, name: &str) -> TableLease {
    over(&MOTO.sdk, prefix, name)
}

fn over(sdk: &aws_config::SdkConfig, prefix: &str, name: &str) -> TableLease {
    let me = Leader {
        name: name.to_owned(),
        url: Some(format!("http://{name}:8686")),
    };
    TableLease::new(Table::new(sdk, TABLE), prefix, me)
}

const SOON: Duration = Duration::from_secs(5);

#[test]
fn one_has_it_and_who_stands_by_knows_who() {
    done(async {
        let prefix = prefix();
        let (first, second) = (of(&prefix, "a"), of(&prefix, "b"));
        assert_eq!(timeout(SOON, first.win()).await, Ok(1));
        let remains = first.remains().unwrap();
        assert!(remains > Duration::from_secs(10) && remains <= Duration::from_secs(14));
        let kept = async { tokio::join!(first.keep(), second.win()) };
        // Longer than it lasts without being renewed.
        assert!(timeout(Duration::from_secs(18), kept).await.is_err());
        assert!(first.remains().unwrap() > Duration::from_secs(10));
        assert_eq!(second.remains(), None);
        let leader = second.leader().unwrap();
        assert_eq!(
            (leader.name.as_str(), leader.url.as_deref()),
            ("a", Some("http://a:8686"))
        );
    });
}

#[test]
fn it_is_taken_over_within_twenty_seconds_of_a_death_and_never_before_it_is_over() {
    done(async {
        let prefix = prefix();
        let (first, second) = (of(&prefix, "a"), of(&prefix, "b"));
        first.win().await;
        let dies = async {
            let _ = timeout(Duration::from_secs(4), first.keep()).await;
            Instant::now()
        };
        let (died, epoch) = tokio::join!(dies, second.win());
        assert_eq!(first.remains(), None, "two had it");
        assert_eq!(epoch, 2);
        let took = died.elapsed();
        assert!(took < Duration::from_secs(20), "{took:?}");
        assert!(second.remains().is_some());
        // Whoever slept meanwhile learns it with its next call, and does not get it back.
        assert_eq!(timeout(SOON, first.keep()).await, Ok(()));
        assert_eq!(first.remains(), None);
    });
}

#[test]
fn what_is_given_up_is_taken_at_once() {
    done(async {
        let prefix = prefix();
        let (first, second) = (of(&prefix, "a"), of(&prefix, "b"));
        first.win().await;
        let ends = async {
            sleep(Duration::from_secs(2)).await;
            first.give_up().await;
            Instant::now()
        };
        let (ended, epoch) = tokio::join!(ends, second.win());
        assert_eq!((epoch, first.remains()), (2, None));
        assert!(ended.elapsed() < Duration::from_millis(2_500));
    });
}

#[test]
fn of_many_that_want_it_at_once_one_gets_it() {
    done(async {
        let prefix = prefix();
        let all: Vec<TableLease> = (0..6).map(|n| of(&prefix, &n.to_string())).collect();
        let wins = all.iter().map(|lease| timeout(SOON, lease.win()));
        let won: Vec<_> = futures::future::join_all(wins).await;
        assert_eq!(won.iter().filter(|won| won.is_ok()).count(), 1, "{won:?}");
    });
}

/// A row as another version of this program left it, whose leases last so long.
async fn left_by_another(prefix: &str, seconds: Option<u64>) {
    let mut set = Row::from([
        ("holder".to_owned(), Value::Text("other".to_owned())),
        ("epoch".to_owned(), Value::Number(7)),
        ("beat".to_owned(), Value::Number(1)),
        ("free".to_owned(), Value::Number(0)),
    ]);
    set.extend(seconds.map(|s| ("seconds".to_owned(), Value::Number(s))));
    let change = Change::Set {
        key: Key {
            partition: format!("{prefix}:lease"),
            sort: "lease".to_owned(),
        },
        set,
        counts: &[],
        when: Condition::Absent,
    };
    Table::new(&MOTO.sdk, TABLE)
        .change(&[change])
        .await
        .unwrap();
}

#[test]
fn what_another_version_holds_is_waited_for_as_long_as_that_says_and_as_long_as_ours_where_it_does_not()
 {
    done(async {
        for (seconds, least, most) in [(Some(3), 4, 8), (Some(17), 18, 22), (None, 15, 19)] {
            let prefix = prefix();
            left_by_another(&prefix, seconds).await;
            let begun = Instant::now();
            assert_eq!(of(&prefix, "b").win().await, 8);
            let took = begun.elapsed().as_secs();
            assert!((least..most).contains(&took), "{seconds:?}: {took} s");
        }
    });
}

#[test]
fn who_cannot_see_the_table_does_not_keep_it_and_does_not_get_it() {
    done(async {
        let dark = sdk("http://127.0.0.1:9").await;
        let lease = over(&dark, &prefix(), "a");
        assert!(timeout(SOON, lease.win()).await.is_err());
        assert_eq!(lease.remains(), None);
        assert!(lease.trouble().is_some());
    });
}
