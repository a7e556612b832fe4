//! ECR: repositories and images. Whether a task can pull an image is the world's to say.

use super::{Does, Kind, Paging, id, named, one, set};
use crate::services::AwsError;
use crate::{Value, world::World};

pub(super) const PAGING: Paging = Paging {
    token: ("nextToken", "nextToken"),
    size: ("maxResults", 100),
};

const REPOSITORY: Kind = Kind {
    shape: "Repository",
    key: "repositoryName",
    absent: ("RepositoryNotFoundException", 400),
    taken: ("RepositoryAlreadyExistsException", 400),
};

/// The images of all repositories: kept as their details, the manifest beside.
const IMAGE: &str = "ImageDetail";

pub(super) fn does(op: &str) -> Option<Does> {
    Some(match op {
        "CreateRepository" => Does::Makes(&REPOSITORY, repository, "repository"),
        "DescribeRepositories" => Does::Tells(
            &REPOSITORY,
            &[("repositoryNames", "repositoryName")],
            "repositories",
        ),
        "DeleteRepository" => Does::Removes(&REPOSITORY, "repositoryName", "repository"),
        "PutImage" => Does::Own(put),
        "DescribeImages" => Does::Own(describe),
        "BatchGetImage" => Does::Own(get),
        _ => return None,
    })
}

fn repository(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let name = named(input, "repositoryName");
    let suffix = if world.partition() == "aws-cn" {
        ".cn"
    } else {
        ""
    };
    let host = format!(
        "{}.dkr.ecr.{}.amazonaws.com{suffix}",
        world.account, world.region
    );
    set(
        document,
        [
            (
                "repositoryArn",
                world.arn("ecr", &format!("repository/{name}")).into(),
            ),
            ("registryId", world.account.as_str().into()),
            ("repositoryUri", format!("{host}/{name}").into()),
            ("createdAt", world.now().into()),
        ],
    );
    if input.get("imageTagMutability").is_null() {
        document.set("imageTagMutability", "MUTABLE".into());
    }
    Ok(())
}

fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let repository = named(input, "repositoryName").to_owned();
    let immutable = one(world, &REPOSITORY, &repository)?
        .get("imageTagMutability")
        .as_str()
        == Some("IMMUTABLE");
    let (tag, manifest) = (input.get("imageTag"), named(input, "imageManifest"));
    let digest = match input.get("imageDigest").as_str() {
        Some(digest) => digest.to_owned(),
        None => format!("sha256:{}", id(world, "", 64)),
    };
    let is = |d: &Value| {
        d.get("repositoryName").as_str() == Some(&repository)
            && !tag.is_null()
            && d.get("imageTags").items().contains(tag)
    };
    if immutable && world.shelf.all(IMAGE).iter().any(is) {
        let message = "The image tag already exists and cannot be overwritten because the repository is immutable.";
        return Err(AwsError::new("ImageTagAlreadyExistsException", message));
    }
    // A tag moves to the image that was pushed last.
    world.shelf.retain(IMAGE, |d| !is(d));
    let tags = tag.as_str().into_iter();
    let detail = Value::map([
        ("registryId", world.account.as_str().into()),
        ("repositoryName", repository.as_str().into()),
        ("imageDigest", digest.as_str().into()),
        ("imageTags", Value::list(tags)),
        ("imagePushedAt", world.now().into()),
        ("imageSizeInBytes", manifest.len().into()),
        ("imageManifest", manifest.into()),
    ]);
    world.shelf.put(IMAGE, detail.clone());
    Ok(Value::map([("image", image(&detail))]))
}

/// A detail as an image.
fn image(detail: &Value) -> Value {
    let mut image = detail.clone();
    let id = Value::map([
        ("imageDigest", detail.get("imageDigest").clone()),
        (
            "imageTag",
            detail
                .get("imageTags")
                .items()
                .first()
                .cloned()
                .unwrap_or_default(),
        ),
    ]);
    image.set("imageId", id);
    image
}

/// The images of the repository that are asked for, each id with the image that it names.
fn asked(world: &World, input: &Value) -> Result<Vec<(Value, Option<Value>)>, AwsError> {
    let repository = one(world, &REPOSITORY, named(input, "repositoryName"))?;
    let name = repository.get("repositoryName");
    let of = || {
        let all = world.shelf.all(IMAGE).iter();
        all.filter(|d| d.get("repositoryName") == name)
    };
    let ids = input.get("imageIds").items();
    if ids.is_empty() {
        return Ok(of().map(|d| (Value::Null, Some(d.clone()))).collect());
    }
    let found = |id: &Value| {
        of().find(|d| {
            let (digest, tag) = (id.get("imageDigest"), id.get("imageTag"));
            (digest.is_null() || digest == d.get("imageDigest"))
                && (tag.is_null() || d.get("imageTags").items().contains(tag))
        })
    };
    Ok(ids
        .iter()
        .map(|id| (id.clone(), found(id).cloned()))
        .collect())
}

fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let mut details = Vec::new();
    for (id, found) in asked(world, input)? {
        let missing = || {
            let message = format!(
                "The image with imageId {} does not exist",
                crate::wire::as_text(&id)
            );
            AwsError::new("ImageNotFoundException", message)
        };
        details.push(found.ok_or_else(missing)?);
    }
    Ok(Value::map([("imageDetails", Value::List(details))]))
}

fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for (id, found) in asked(world, input)? {
        match found {
            Some(detail) => images.push(image(&detail)),
            None => failures.push(Value::map([
                ("imageId", id),
                ("failureCode", "ImageNotFound".into()),
                ("failureReason", "Requested image not found".into()),
            ])),
        }
    }
    Ok(Value::map([
        ("images", Value::List(images)),
        ("failures", Value::List(failures)),
    ]))
}
