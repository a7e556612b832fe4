//! What daemons of one table agree on about log-ins, while one of them leads.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sixshift_aws::store::Table;
use sixshift_controller::journal::{DynamoDb, Journal, Visitors};

use crate::{MOTO, TABLE, done, prefix};

fn daemon(prefix: &str) -> Visitors {
    let journal: Arc<dyn Journal> = Arc::new(DynamoDb::new(Table::new(&MOTO.sdk, TABLE), prefix));
    Visitors::new(journal)
}

#[test]
fn daemons_that_start_at_once_agree_on_one_key() {
    done(async {
        let prefix = prefix();
        let daemons = [daemon(&prefix), daemon(&prefix), daemon(&prefix)];
        let keys = futures::future::join3(
            daemons[0].key("aa"),
            daemons[1].key("bb"),
            daemons[2].key("cc"),
        );
        let (one, two, three) = keys.await;
        let one = one.unwrap();
        assert_eq!((two.unwrap(), three.unwrap()), (one.clone(), one.clone()));
        assert_eq!(daemon(&prefix).key("dd").await.unwrap(), one);
    });
}

#[test]
fn whoever_stands_by_writes_down_a_log_out_while_another_leads() {
    done(async {
        let prefix = prefix();
        let leader = DynamoDb::new(Table::new(&MOTO.sdk, TABLE), &prefix);
        leader.fence(7).await.unwrap();
        let now = Timestamp::now();
        let until = now + SignedDuration::from_hours(1);
        daemon(&prefix).end("a-log-in", until).await.unwrap();
        let over = daemon(&prefix).over(now).await.unwrap();
        assert_eq!(over.keys().collect::<Vec<_>>(), ["a-log-in"]);
        let rows = MOTO.rows(&format!("{prefix}:journal"));
        let row = rows
            .iter()
            .find(|row| row["sk"]["S"] == "visitors/over/a-log-in");
        let expires = &row.unwrap()["expires"]["N"];
        assert_eq!(*expires, until.as_second().to_string());
    });
}
