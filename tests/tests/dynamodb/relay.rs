//! Orders that are handed from a daemon that stands by to the one that leads.

use std::time::Duration;

use sixshift_aws::store::Table;
use sixshift_controller::{
    Board, Metrics, Relay,
    command::{Order, Refused, Verb},
};
use tokio::time::{sleep, timeout};

use crate::{MOTO, TABLE, done, prefix};

fn freeze() -> Order {
    Order {
        verb: Verb::Freeze,
        plan: None,
        gate: None,
        to: None,
        revision: None,
        actor: "oncall".to_owned(),
        reason: "it smells".to_owned(),
    }
}

fn relay(prefix: &str) -> Relay {
    Relay::new(Table::new(&MOTO.sdk, TABLE), prefix)
}

/// Rows of orders, as DynamoDB has them.
fn rows(prefix: &str) -> usize {
    MOTO.rows(&format!("{prefix}:orders")).len()
}

#[test]
fn an_order_that_nobody_takes_is_refused_and_never_counts_later() {
    done(async {
        let prefix = prefix();
        let refused = relay(&prefix).hand_over(&freeze()).await.unwrap_err();
        let Refused::StandsBy { leads } = &refused else {
            panic!("{refused}");
        };
        assert!(leads.contains("does not count"), "{leads}");
        assert_eq!(rows(&prefix), 0);
    });
}

/// A leader that is asked, and ends before it answers.
#[test]
fn an_order_that_was_taken_and_not_answered_is_told_as_that_and_taken_once() {
    done(async {
        let prefix = prefix();
        let (mine, leaders) = (relay(&prefix), relay(&prefix));
        let (board, _orders) = Board::new(Metrics::new());
        let leads = async {
            // Nobody takes what the board is handed: the loop is gone.
            let _ = timeout(Duration::from_secs(4), leaders.carry_out(&board, 1)).await;
            sleep(Duration::from_secs(60)).await;
        };
        let order = freeze();
        let asked = mine.hand_over(&order);
        tokio::pin!(leads);
        let refused = tokio::select! {
            answer = asked => answer.unwrap_err(),
            () = &mut leads => panic!("it was never answered"),
        };
        let text = refused.to_string();
        assert!(
            text.contains("did not answer; see whether it counted"),
            "{text}"
        );
        assert_eq!(rows(&prefix), 0);
    });
}

#[test]
fn an_answer_comes_back_as_the_leader_gave_it() {
    done(async {
        let prefix = prefix();
        let (mine, leaders) = (relay(&prefix), relay(&prefix));
        let (board, orders) = Board::new(Metrics::new());
        drop(orders);
        let leads = leaders.carry_out(&board, 1);
        let order = freeze();
        let refused = tokio::select! {
            answer = mine.hand_over(&order) => answer.unwrap_err(),
            () = leads => unreachable!("it never ends"),
        };
        assert_eq!(refused, Refused::Ending);
    });
}
