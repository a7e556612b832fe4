//! Gathering, sharing and remembering, with keys that are numbers.

use std::sync::Mutex;

use futures::future::join_all;
use tokio::time::sleep;

use super::*;

type Calls = Arc<Mutex<Vec<Vec<u32>>>>;

/// Doubles each key; knows nothing of 13.
fn doubling(limit: usize) -> (Batch<u32, u32>, Calls) {
    let calls = Calls::default();
    let log = Arc::clone(&calls);
    let gather = Gather {
        pause: Duration::from_millis(20),
        crowd: Arc::default(),
        limit,
        group: |k: &u32| (k / 100).to_string(),
        keep: true,
    };
    let batch = Batch::new(gather, move |keys: Vec<u32>, _| {
        log.lock().unwrap().push(keys.clone());
        Box::pin(async move {
            sleep(Duration::from_millis(50)).await;
            keys.into_iter()
                .filter(|k| *k != 13)
                .map(|k| (k, Known::Seen(k * 2)))
                .collect()
        })
    });
    (batch, calls)
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_in_one_moment_is_read_together() {
    let (batch, calls) = doubling(3);
    let since = Since::at(Instant::now());
    let (a, b) = tokio::join!(batch.ask([1, 2, 150], since), batch.ask([2, 3, 4], since));
    assert_eq!(
        a.values().map(|v| v.seen().copied()).collect::<Vec<_>>(),
        [Some(2), Some(4), Some(300)]
    );
    assert_eq!(b[&4], Known::Seen(8));
    assert_eq!(*calls.lock().unwrap(), [vec![1, 2, 3], vec![4], vec![150]]);
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_serves_those_who_accept_its_age() {
    let (batch, calls) = doubling(10);
    let start = Instant::now();
    batch.one(1, Since::at(start)).await;
    batch.one(1, Since::ANY).await;
    batch.one(1, Since::at(start)).await;
    assert_eq!(calls.lock().unwrap().len(), 1);
    batch.one(1, Since::at(Instant::now())).await;
    assert_eq!(calls.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_one_answer_wake_in_the_order_in_which_they_came() {
    let (batch, _) = doubling(10);
    let woken = Arc::new(Mutex::new(Vec::new()));
    let asking: Vec<_> = (0..50)
        .map(|asker| {
            let (batch, woken) = (batch.clone(), Arc::clone(&woken));
            tokio::spawn(async move {
                batch.one(1, Since::ANY).await;
                woken.lock().unwrap().push(asker);
            })
        })
        .collect();
    join_all(asking).await;
    assert_eq!(*woken.lock().unwrap(), (0..50).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_longer_while_others_look() {
    let (batch, calls) = doubling(10);
    let crowd = Arc::clone(batch.machine.crowd());
    let late = async {
        sleep(Duration::from_millis(200)).await;
        batch.one(2, Since::ANY).await
    };
    let _others = (crowd.join(), crowd.join());
    tokio::join!(batch.one(1, Since::ANY), late);
    assert_eq!(*calls.lock().unwrap(), [vec![1, 2]]);
}

#[tokio::test(start_paused = true)]
async fn what_was_on_its_way_before_a_write_serves_nobody_after_it() {
    let (batch, calls) = doubling(10);
    let early = tokio::spawn({
        let batch = batch.clone();
        async move { batch.one(1, Since::ANY).await }
    });
    sleep(Duration::from_millis(40)).await;
    batch.forget(|k, _| *k == 1);
    assert_eq!(batch.one(1, Since::ANY).await, Known::Seen(2));
    assert_eq!(early.await.unwrap(), Known::Seen(2));
    assert_eq!(calls.lock().unwrap().len(), 2);
}

/// How many keys were read in each round of looks, one a minute, of a dozen keys that were first read together.
async fn reads_a_minute(limit: usize) -> Vec<usize> {
    let (batch, calls) = doubling(limit);
    batch.ask(1..13, Since::at(Instant::now())).await;
    calls.lock().unwrap().clear();
    let mut reads = Vec::new();
    for _ in 0..24 {
        sleep(Duration::from_secs(59)).await;
        let since = Since::within(Duration::from_secs(24 * 60), Instant::now());
        batch.ask(1..13, since).await;
        sleep(Duration::from_secs(1)).await;
        reads.push(calls.lock().unwrap().drain(..).map(|c| c.len()).sum());
    }
    reads
}

#[tokio::test(start_paused = true)]
async fn what_was_read_in_one_moment_grows_old_one_by_one() {
    let reads = reads_a_minute(1).await;
    assert_eq!(reads.iter().sum::<usize>(), 12, "{reads:?}");
    assert!(reads.iter().all(|n| *n <= 2), "{reads:?}");
    assert!(reads[..12].iter().all(|n| *n == 0), "{reads:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_goes_out_takes_the_others_along() {
    let reads = reads_a_minute(100).await;
    assert_eq!(
        reads.iter().filter(|n| **n > 0).collect::<Vec<_>>(),
        [&12],
        "{reads:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_left_out_is_unknown_and_asked_again() {
    let (batch, calls) = doubling(10);
    assert!(batch.one(13, Since::ANY).await.unknown().is_some());
    assert!(batch.one(13, Since::ANY).await.unknown().is_some());
    assert_eq!(calls.lock().unwrap().len(), 2);
}
