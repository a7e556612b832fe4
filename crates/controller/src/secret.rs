//! A secret that the settings name: where it is kept, and what it is now.
//!
//! What belongs here: reading it, and reading it again on a thread of its own while somebody holds it. What must not: what it
//! opens. Its value is in no sentence and no `Debug`.

mod given;

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use sixshift_aws::store::{Access, Fault, SecretId, secret};

pub(crate) use given::Given;

/// How old a secret may be before it is read again: as long as somebody may wait for a new one to count.
const POLL: Duration = Duration::from_secs(300);
/// After a reading that failed.
const AGAIN: Duration = Duration::from_secs(60);
/// Whoever doubts it has it read again, but no sooner than so long after the last time: wrong guesses must cost nothing.
const DOUBT: Duration = Duration::from_secs(10);
/// How long what is signed is signed with the secret before this one, too: whoever verifies may be told of the new one later.
const OVERLAP: Duration = Duration::from_secs(3_600);
/// A larger file is no secret.
const MOST_BYTES: u64 = 64 * 1024;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In an environment variable. It stays what it was when the process started.
    Env(String),
    /// In a file.
    File(PathBuf),
    /// In Secrets Manager, by name or ARN; a key of a JSON object as task definitions write it: `NAME:KEY::`.
    Stored(String),
}

/// Why a secret cannot be had. No sentence quotes it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The variable is not set, or no text.
    #[error("{0} is not set")]
    Unset(Place),
    /// The file cannot be read.
    #[error("cannot read {place}")]
    File {
        /// Which.
        place: Place,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Nobody writes such names.
    #[error(
        "{0} is no secret's name or ARN; write it as in prod/sixshift, or prod/sixshift:KEY:: for a key of a JSON object"
    )]
    Name(Place),
    /// Secrets Manager does not give it.
    #[error(
        "cannot read {place}; the role needs secretsmanager:GetSecretValue on it, and kms:Decrypt on its key"
    )]
    Stored {
        /// Which.
        place: Place,
        /// What AWS said.
        #[source]
        source: Fault,
    },
    /// It cannot be what is meant.
    #[error("{place} {why}")]
    Unfit {
        /// Which.
        place: Place,
        /// The end of the sentence.
        why: &'static str,
    },
    /// There is no thread to read it on.
    #[error("cannot start the thread that reads {place}")]
    Thread {
        /// Which.
        place: Place,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// What a secret must be; the error ends a sentence that begins with its place.
pub type Check = fn(&str) -> Result<(), &'static str>;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Stored(name) => write!(f, "the secret {name}"),
        }
    }
}

impl Place {
    /// From what settings have; `None` unless exactly one of them is given.
    #[must_use]
    pub fn of(env: Option<&str>, file: Option<&Path>, stored: Option<&str>) -> Option<Self> {
        match (env, file, stored) {
            (Some(name), None, None) => Some(Self::Env(name.to_owned())),
            (None, Some(path), None) => Some(Self::File(path.to_owned())),
            (None, None, Some(name)) => Some(Self::Stored(name.to_owned())),
            _ => None,
        }
    }

    /// What is there now, without blanks around it. Blocks.
    ///
    /// # Errors
    /// It is not there, may not be read, or is empty.
    pub fn read(&self) -> Result<String, Error> {
        let text = match self {
            Self::Env(name) => env::var(name).map_err(|_| Error::Unset(self.clone()))?,
            Self::File(path) => read_file(path).map_err(|source| Error::File {
                place: self.clone(),
                source,
            })?,
            Self::Stored(name) => self.stored(name)?,
        };
        match text.trim() {
            "" => Err(self.unfit("is empty")),
            text => Ok(text.to_owned()),
        }
    }

    fn stored(&self, name: &str) -> Result<String, Error> {
        let id = SecretId::parse(name).ok_or_else(|| Error::Name(self.clone()))?;
        let asked = || -> std::io::Result<Result<String, Fault>> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            Ok(runtime.block_on(async {
                let access = Access::from_environment("secretsmanager:GetSecretValue").await?;
                secret(&access, &id).await
            }))
        };
        let thread = |source| Error::Thread {
            place: self.clone(),
            source,
        };
        // On a thread of its own: whoever asks may have a runtime already.
        let answer = thread::scope(|scope| {
            let reads = thread::Builder::new().spawn_scoped(scope, asked)?;
            let ended = reads.join();
            ended.map_err(|_| std::io::Error::other("it broke off"))?
        });
        answer.map_err(thread)?.map_err(|source| Error::Stored {
            place: self.clone(),
            source,
        })
    }

    fn unfit(&self, why: &'static str) -> Error {
        Error::Unfit {
            place: self.clone(),
            why,
        }
    }

    fn checked(&self, check: Check) -> Result<String, Error> {
        let value = self.read()?;
        check(&value).map_err(|why| self.unfit(why))?;
        Ok(value)
    }
}

fn read_file(path: &Path) -> std::io::Result<String> {
    if fs::metadata(path)?.len() > MOST_BYTES {
        return Err(std::io::Error::other(format!(
            "it has more than {MOST_BYTES} bytes, which no secret has"
        )));
    }
    fs::read_to_string(path)
}

/// A secret that is read again as long as somebody holds it: after minutes, and soon after somebody doubted it. A reading that
/// fails leaves what was read last. Cheap to clone; asking for the value never waits.
#[derive(Clone)]
pub struct Secret(Arc<Kept>);

struct Kept {
    place: Place,
    check: Check,
    value: Mutex<Value>,
    doubted: AtomicBool,
    reader: OnceLock<Thread>,
}

/// What it is, and what it was until when.
struct Value {
    now: Arc<str>,
    before: Option<(Arc<str>, Instant)>,
}

impl Value {
    fn first(value: &str) -> Mutex<Self> {
        Mutex::new(Self {
            now: value.into(),
            before: None,
        })
    }

    fn signs(&self, now: Instant) -> Vec<Arc<str>> {
        let before = self.before.as_ref().filter(|(_, since)| {
            let elapsed = now.saturating_duration_since(*since);
            elapsed < OVERLAP
        });
        let before = before.map(|(value, _)| Arc::clone(value));
        [Arc::clone(&self.now)].into_iter().chain(before).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secret").field(&self.0.place).finish()
    }
}

impl Secret {
    /// Reads it for the first time. Blocks.
    ///
    /// # Errors
    /// It cannot be read, or is not what it must be.
    pub fn open(place: Place, check: Check) -> Result<Self, Error> {
        let kept = Arc::new(Kept {
            value: Value::first(&place.checked(check)?),
            place,
            check,
            doubted: AtomicBool::new(false),
            reader: OnceLock::new(),
        });
        if !matches!(kept.place, Place::Env(_)) {
            let held = Arc::downgrade(&kept);
            let named = thread::Builder::new().name("secret".to_owned());
            let reader = named.spawn(move || read_on(&held));
            let reader = reader.map_err(|source| Error::Thread {
                place: kept.place.clone(),
                source,
            })?;
            let _ = kept.reader.set(reader.thread().clone());
        }
        Ok(Self(kept))
    }

    /// One that is known, and stays as it is.
    #[must_use]
    pub fn fixed(value: &str) -> Self {
        Self(Arc::new(Kept {
            place: Place::Env("of nobody".to_owned()),
            check: |_| Ok(()),
            value: Value::first(value),
            doubted: AtomicBool::new(false),
            reader: OnceLock::new(),
        }))
    }

    /// What was read last.
    #[must_use]
    pub fn value(&self) -> Arc<str> {
        let value = self.0.value.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&value.now)
    }

    /// What to sign with: what was read last, and for an hour after it changed what it was before.
    #[must_use]
    pub fn signs(&self) -> Vec<Arc<str>> {
        let value = self.0.value.lock().unwrap_or_else(PoisonError::into_inner);
        value.signs(Instant::now())
    }

    /// Something was refused for it, or it refused something: it may be another by now.
    pub fn doubt(&self) {
        if let Some(reader) = self.0.reader.get()
            && !self.0.doubted.swap(true, Ordering::Relaxed)
        {
            reader.unpark();
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Nobody holds it any more: its reader ends.
        if let Some(reader) = self.reader.get() {
            reader.unpark();
        }
    }
}

fn read_on(held: &Weak<Kept>) {
    let mut last = Instant::now();
    let mut is_lost = false;
    loop {
        let Some(kept) = held.upgrade() else { return };
        let due = match (kept.doubted.load(Ordering::Relaxed), is_lost) {
            (true, _) => DOUBT,
            (false, true) => AGAIN,
            (false, false) => POLL,
        };
        let wait = due.saturating_sub(last.elapsed());
        if !wait.is_zero() {
            drop(kept);
            thread::park_timeout(wait);
            continue;
        }
        kept.doubted.store(false, Ordering::Relaxed);
        is_lost = kept.read_again(is_lost);
        last = Instant::now();
    }
}

impl Kept {
    /// Whether it could not be read; what is news is told.
    fn read_again(&self, was_lost: bool) -> bool {
        let place = &self.place;
        match place.checked(self.check) {
            Ok(value) => {
                let mut known = self.value.lock().unwrap_or_else(PoisonError::into_inner);
                if *known.now != *value {
                    let before = std::mem::replace(&mut known.now, value.into());
                    known.before = Some((before, Instant::now()));
                    tracing::info!("{place} is another now, and counts from here on");
                } else if was_lost {
                    tracing::info!("{place} can be read again");
                }
                false
            }
            Err(error) => {
                if !was_lost {
                    let why = all(&error);
                    tracing::warn!("{why}; what was read of it last goes on");
                }
                true
            }
        }
    }
}

/// An error with what lies below it.
fn all(error: &dyn std::error::Error) -> String {
    let below = error.source().map(all);
    below.map_or_else(|| error.to_string(), |below| format!("{error}: {below}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anything(_: &str) -> Result<(), &'static str> {
        Ok(())
    }

    fn not_short(text: &str) -> Result<(), &'static str> {
        (text.len() > 5).then_some(()).ok_or("is too short")
    }

    #[test]
    fn exactly_one_place_counts() {
        let file = Path::new("f");
        assert_eq!(
            Place::of(Some("A"), None, None),
            Some(Place::Env("A".to_owned()))
        );
        assert_eq!(Place::of(Some("A"), Some(file), None), None);
        assert_eq!(Place::of(None, Some(file), Some("s")), None);
        assert_eq!(Place::of(None, None, None), None);
    }

    #[test]
    fn what_cannot_be_a_secret_is_told_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, " hush\n").unwrap();
        let place = Place::File(file.clone());
        assert_eq!(place.read().unwrap(), "hush");
        let error = Secret::open(place.clone(), not_short).unwrap_err();
        assert!(error.to_string().ends_with("is too short"), "{error}");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        fs::write(&file, "\n").unwrap();
        assert!(place.read().unwrap_err().to_string().ends_with("is empty"));
        let unset = Place::Env("SIXSHIFT_NO_SUCH_VARIABLE".to_owned()).read();
        assert!(unset.unwrap_err().to_string().contains("is not set"));
        let name = Place::Stored("s3cret value".to_owned()).read().unwrap_err();
        assert!(matches!(name, Error::Name(_)), "{name}");
    }

    #[test]
    fn a_reading_that_fails_leaves_what_was_read_last() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "the first").unwrap();
        let secret = Secret::open(Place::File(file.clone()), not_short).unwrap();
        fs::write(&file, "the second").unwrap();
        assert!(!secret.0.read_again(false));
        assert_eq!(&*secret.value(), "the second");
        let signs: Vec<String> = secret.signs().iter().map(ToString::to_string).collect();
        assert_eq!(signs, ["the second", "the first"]);
        let value = secret.0.value.lock().unwrap();
        assert_eq!(value.signs(Instant::now() + OVERLAP).len(), 1);
        drop(value);
        fs::write(&file, "tiny").unwrap();
        assert!(secret.0.read_again(false));
        fs::remove_file(&file).unwrap();
        assert!(secret.0.read_again(true));
        assert_eq!(&*secret.value(), "the second");
        assert!(!format!("{secret:?}").contains("second"));
    }

    #[test]
    fn its_reader_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "hush").unwrap();
        let secret = Secret::open(Place::File(file), anything).unwrap();
        let held = Arc::downgrade(&secret.0);
        let reader = thread::spawn(move || read_on(&held));
        secret.0.reader.get().unwrap().unpark();
        drop(secret);
        reader.thread().unpark();
        reader.join().unwrap();
    }
}
