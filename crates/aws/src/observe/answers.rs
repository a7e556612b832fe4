//! What a call's answer, or its error, says of each thing that was asked for.
//!
//! What belongs here: turning calls about several things into an answer for each. What must not: any question.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use sixshift_core::observation::{Known, Why};

use crate::error::{Error, Kind};

/// What each thing that was asked for is.
pub(crate) type Answers<K, V> = Vec<(K, Known<V>)>;

/// An error as the reason why something is not known.
pub(crate) fn why(error: &Error) -> Why {
    let mut text = error.to_string();
    let mut below = std::error::Error::source(error);
    // What is between is how the SDK is built.
    while let Some(source) = below {
        below = source.source();
        if below.is_none() {
            text = format!("{text}: {source}");
        }
    }
    let lasts = matches!(
        error.kind(),
        Kind::Credentials | Kind::Denied | Kind::Refused
    );
    Why::new(text).lasting(lasts).lacking(error.lacks())
}

/// One reason for all keys.
pub(super) fn all_unknown<K, V>(keys: Vec<K>, error: &Error) -> Answers<K, V> {
    keys.into_iter()
        .map(|key| (key, Known::Unknown(why(error))))
        .collect()
}

/// The answer for the only key of a call.
pub(super) fn single<K, V>(key: K, answer: Result<V, Error>, missing: &[&str]) -> Answers<K, V> {
    let known = match answer {
        Ok(value) => Known::Seen(value),
        Err(error) if error.is_code(missing) => Known::Absent,
        Err(error) => Known::Unknown(why(&error)),
    };
    vec![(key, known)]
}

/// Keys that AWS documents for DescribeTags and DescribeLoadBalancers. It takes more of others; where it should not, it is
/// asked for so many at most from then on.
pub(super) const DOCUMENTED: usize = 20;
const TOO_MANY: &[&str] = &["ValidationError", "ValidationException"];

/// For calls that fail as a whole when one key does not exist: halves until the missing ones stand alone.
pub(super) async fn halving<K, V, F>(
    modest: &AtomicBool,
    keys: Vec<K>,
    missing: &[&str],
    call: impl Fn(Vec<K>) -> F,
) -> Answers<K, V>
where
    K: Ord + Clone,
    F: Future<Output = Result<BTreeMap<K, V>, Error>>,
{
    let mut answers = Vec::new();
    let mut todo = vec![keys];
    while let Some(mut keys) = todo.pop() {
        if keys.is_empty() {
            continue;
        }
        let is_long = keys.len() > DOCUMENTED;
        if is_long && modest.load(Ordering::Relaxed) {
            todo.extend(keys.chunks(DOCUMENTED).map(<[K]>::to_vec));
            continue;
        }
        match call(keys.clone()).await {
            Ok(mut found) => answers.extend(keys.into_iter().map(|key| {
                let value = found.remove(&key).map_or(Known::Absent, Known::Seen);
                (key, value)
            })),
            Err(error) if error.is_code(TOO_MANY) && is_long => {
                modest.store(true, Ordering::Relaxed);
                todo.push(keys);
            }
            Err(error) if error.is_code(missing) && keys.len() > 1 => {
                let second = keys.split_off(keys.len() / 2);
                todo.extend([second, keys]);
            }
            Err(error) if error.is_code(missing) => {
                answers.extend(keys.into_iter().map(|key| (key, Known::Absent)))
            }
            Err(error) => answers.extend(all_unknown(keys, &error)),
        }
    }
    answers
}

/// The values where all are seen; the first reason why not otherwise. Absent ones are left out.
pub(super) fn seen_all<K, V>(
    answers: impl IntoIterator<Item = (K, Known<V>)>,
) -> Result<Vec<(K, V)>, Why> {
    let mut seen = Vec::new();
    for (key, answer) in answers {
        match answer {
            Known::Seen(value) => seen.push((key, value)),
            Known::Absent => {}
            Known::Unknown(why) => return Err(why),
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::error::Kind;

    fn refusal(code: &str) -> Error {
        Error::Answer {
            operation: "elasticloadbalancing:DescribeTargetGroups",
            code: code.to_owned(),
            message: "one or more do not exist".to_owned(),
            request_id: "r-1".to_owned(),
            kind: Kind::Missing,
        }
    }

    #[tokio::test]
    async fn one_missing_key_does_not_hide_the_others() {
        let asked = Mutex::new(0);
        let modest = AtomicBool::default();
        let answers = halving(
            &modest,
            (0..16).collect(),
            &["Missing"],
            |keys: Vec<u32>| {
                *asked.lock().unwrap() += 1;
                async move {
                    let whole = !keys.contains(&5);
                    whole
                        .then(|| keys.iter().map(|k| (*k, k * 2)).collect())
                        .ok_or_else(|| refusal("Missing"))
                }
            },
        )
        .await;
        let absent: Vec<u32> = answers
            .iter()
            .filter(|(_, v)| v.is_absent())
            .map(|(k, _)| *k)
            .collect();
        assert_eq!(absent, [5]);
        assert_eq!(
            answers
                .iter()
                .filter(|(k, v)| v.seen() == Some(&(k * 2)))
                .count(),
            15
        );
        assert_eq!(*asked.lock().unwrap(), 9);
    }

    #[tokio::test]
    async fn where_aws_takes_twenty_keys_it_is_asked_for_twenty_from_then_on() {
        let (modest, asked) = (AtomicBool::default(), Mutex::new(Vec::new()));
        for _ in 0..2 {
            let answers = halving(
                &modest,
                (0..50).collect(),
                &["Missing"],
                |keys: Vec<u32>| {
                    asked.lock().unwrap().push(keys.len());
                    async move {
                        let taken = keys.len() <= 20;
                        taken
                            .then(|| keys.iter().map(|k| (*k, ())).collect())
                            .ok_or_else(|| refusal("ValidationError"))
                    }
                },
            )
            .await;
            assert_eq!(
                answers.iter().filter(|(_, v)| v.seen().is_some()).count(),
                50
            );
        }
        assert_eq!(*asked.lock().unwrap(), [50, 10, 20, 20, 10, 20, 20]);
    }

    #[tokio::test]
    async fn any_other_refusal_leaves_everything_unknown_with_its_reason() {
        let modest = AtomicBool::default();
        let answers = halving(&modest, vec![1, 2], &["Missing"], |_: Vec<u32>| async {
            Err::<BTreeMap<u32, ()>, _>(refusal("Denied"))
        })
        .await;
        assert_eq!(answers.len(), 2);
        for (_, answer) in answers {
            let why = answer.unknown().unwrap().to_string();
            assert_eq!(
                why,
                "elasticloadbalancing:DescribeTargetGroups: Denied: one or more do not exist (request r-1; it needs to be there, in this account and region)"
            );
        }
    }
}
