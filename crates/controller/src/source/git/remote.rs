//! The last commit of a remote repository, fetched into a bare one on this machine.
//!
//! The bare repository is a cache: whatever is wrong with it, it is thrown away and fetched again.

use std::{fs, path::Path, sync::atomic::AtomicBool};

use gix::{
    bstr::BString,
    progress::Discard,
    remote::{
        Direction,
        fetch::{Shallow, Tags},
        ref_map,
    },
};
use gix_transport::{
    Protocol,
    client::{TransportWithoutIO, blocking_io::http::Transport},
};

use super::{
    Error, FETCHED, Git, Reference, address::Address, http::Client, missing, open, program,
    token::Token,
};

/// Each fetch with news leaves a pack; as many of them cost more than a fetch from nothing.
const MOST_PACKS: usize = 50;

/// Fetches what the settings name, so that [`FETCHED`] of `copy` names it.
pub(super) fn fetch(
    settings: &Git,
    address: &Address,
    token: &Token,
    copy: &Path,
) -> Result<(), Error> {
    let repository = match open(copy) {
        Ok(repository) if packs(copy) < MOST_PACKS && is_whole(&repository) => repository,
        _ => {
            remove(copy)?;
            create(copy)?
        }
    };
    match address {
        Address::Https(url) => over_https(settings, url, token, &repository),
        Address::Ssh(url) => program::fetch(settings, url, &refspec(&settings.reference), copy),
        Address::Local(_) => Ok(()),
    }
}

/// Forced: a branch may be pushed over.
fn refspec(reference: &Reference) -> String {
    let source = match reference {
        Reference::Head => "HEAD".to_owned(),
        Reference::Branch(name) => format!("refs/heads/{name}"),
        Reference::Tag(name) => format!("refs/tags/{name}"),
    };
    format!("+{source}:{FETCHED}")
}

fn over_https(
    settings: &Git,
    url: &str,
    token: &Token,
    repository: &gix::Repository,
) -> Result<(), Error> {
    let failed = |source: gix::Error| not_fetched(settings, source);
    let token = token.read(settings)?;
    let client = Client::of(settings)?;
    let remote = repository
        .remote_at_without_url_rewrite(url)
        .and_then(|remote| {
            remote.with_refspecs([refspec(&settings.reference).as_str()], Direction::Fetch)
        })
        .map_err(failed)?
        .with_fetch_tags(Tags::None);
    let address = gix::url::parse(url).map_err(|error| other(settings, error.into()))?;
    let mut transport = Transport::new_http(client, address, Protocol::V2, false);
    if let Some(password) = token {
        let account = gix::sec::identity::Account {
            // GitHub's name for "this is a token"; others look at the token alone.
            username: "x-access-token".to_owned(),
            password,
            oauth_refresh_token: None,
        };
        let set = transport.set_identity(account);
        set.map_err(|error| other(settings, error.into()))?;
    }
    let asked = remote
        .to_connection_with_transport(transport)
        // Otherwise the credential programs of the machine would be asked.
        .with_credentials(|_| Ok(None))
        .prepare_fetch(Discard, ref_map::Options::default())
        .map_err(failed)?;
    let Some(found) = asked.ref_map().mappings.first() else {
        return Err(missing(settings));
    };
    if found
        .remote
        .as_id()
        .is_some_and(|id| is_there(repository, id))
    {
        return Ok(());
    }
    asked
        .with_shallow(Shallow::DepthAtRemote(std::num::NonZeroU32::MIN))
        .with_reflog_message(gix::remote::fetch::RefLogMessage::Override {
            message: BString::from("fetch"),
        })
        .receive(Discard, &AtomicBool::new(false))
        .map_err(failed)?;
    Ok(())
}

/// Whether this is what was fetched last: then there is no news.
fn is_there(repository: &gix::Repository, id: &gix::oid) -> bool {
    repository
        .find_reference(FETCHED)
        .is_ok_and(|fetched| fetched.try_id().is_some_and(|there| *there == *id))
}

/// Whether what was fetched last, if anything was, is still in the object database.
fn is_whole(repository: &gix::Repository) -> bool {
    match repository.try_find_reference(FETCHED) {
        Ok(None) => true,
        Ok(Some(mut fetched)) => fetched.peel_to_commit().is_ok_and(|c| c.tree().is_ok()),
        Err(_) => false,
    }
}

fn not_fetched(settings: &Git, source: gix::Error) -> Error {
    let url = settings.url.clone();
    if source.is_unauthenticated() || source.is_permission_denied() {
        return Error::Unauthorized { url };
    }
    other(settings, source.into())
}

fn other(settings: &Git, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    let url = settings.url.clone();
    Error::Fetch { url, source }
}

fn packs(copy: &Path) -> usize {
    fs::read_dir(copy.join("objects/pack")).map_or(0, |entries| {
        entries
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|e| e == "pack"))
            .count()
    })
}

/// Throws the bare repository away.
pub(super) fn remove(copy: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(
            "remove the old copy of the plans at",
            copy,
        )(error)),
        _ => Ok(()),
    }
}

fn create(copy: &Path) -> Result<gix::Repository, Error> {
    fs::create_dir_all(copy).map_err(Error::io("create", copy))?;
    let created = gix::ThreadSafeRepository::init_opts(
        copy,
        gix::create::Kind::Bare,
        gix::create::Options::default(),
        gix::open::Options::isolated(),
    );
    let created = created.map_err(|source| Error::Repository {
        path: copy.to_owned(),
        source: source.into(),
    })?;
    Ok(created.into())
}
