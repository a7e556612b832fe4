//! The header `x-amzn-oidc-data`, in which an Application Load Balancer vouches for whom it has logged in.
//!
//! A JSON Web Token, signed with ES256 by the load balancer. AWS publishes the key under the token's `kid`; that the
//! signer is *our* load balancer is ours to check, for the keys are the whole region's.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{AlbOidc, Error, Role, settings::unbase64};

/// What a fetch of a key ends with: its PEM, or why there is none.
pub type Fetched = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;
/// Fetches a public key from a URL.
pub type FetchKey = Arc<dyn Fn(String) -> Fetched + Send + Sync>;

/// Keys that are kept. A load balancer has one at a time.
const MOST_KEYS: usize = 16;
/// How long a key is believed before it is fetched again.
const KEY_LASTS: Duration = Duration::from_secs(3_600);
/// Fetches in [`PER`]: made-up key ids must not turn us against AWS.
const MOST_FETCHES: usize = 10;
const PER: Duration = Duration::from_secs(60);

/// Somebody whom the load balancer vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) role: Role,
}

/// Checks the header.
pub(super) struct Verifier {
    settings: AlbOidc,
    fetch: FetchKey,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    known: HashMap<String, (Vec<u8>, Instant)>,
    fetches: Vec<Instant>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    signer: String,
    /// Seconds since 1970.
    exp: i64,
}

impl Verifier {
    pub(super) fn new(settings: AlbOidc, fetch: Option<FetchKey>) -> Result<Self, Error> {
        let wrong = |field, value: &str, expected| Error::AlbOidc {
            field,
            value: value.to_owned(),
            expected,
        };
        let region = settings.region.as_str();
        // It becomes part of a host name.
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || !region.chars().all(plain) {
            return Err(wrong("region", region, "a region as in eu-central-1"));
        }
        if !settings.signer_arn.contains(":loadbalancer/app/") {
            let expected = "the ARN of the Application Load Balancer that logs people in";
            return Err(wrong("signerArn", &settings.signer_arn, expected));
        }
        Ok(Self {
            settings,
            fetch: fetch.ok_or(Error::NoKeys)?,
            keys: Mutex::default(),
        })
    }

    /// Whether anybody could give orders.
    pub(super) fn has_operators(&self) -> bool {
        let operators = &self.settings.operators;
        !operators.emails.is_empty() || !operators.groups.is_empty()
    }

    /// Who it is, at a moment in seconds since 1970; the error is a sentence.
    pub(super) async fn person(&self, token: &str, now: i64) -> Result<Person, String> {
        let mut parts = token.split('.');
        let (Some(head), Some(body), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("x-amzn-oidc-data has not the three parts of a token".to_owned());
        };
        let header: Header = unbase64(head)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or("the header of x-amzn-oidc-data is not a load balancer's")?;
        self.check(&header, now)?;
        let key = self.key(&header.kid).await?;
        let signed = token.get(..head.len() + 1 + body.len()).unwrap_or_default();
        let signature = unbase64(signature).unwrap_or_default();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| "the signature of x-amzn-oidc-data is wrong")?;
        let claims: Map<String, Value> = unbase64(body)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or("the claims of x-amzn-oidc-data are not an object")?;
        self.admit(&claims)
    }

    fn check(&self, header: &Header, now: i64) -> Result<(), String> {
        if header.alg != "ES256" {
            return Err("x-amzn-oidc-data is not signed with ES256".to_owned());
        }
        if header.signer != self.settings.signer_arn {
            return Err("x-amzn-oidc-data is signed by another load balancer".to_owned());
        }
        if header.exp <= now {
            return Err("x-amzn-oidc-data has expired".to_owned());
        }
        Ok(())
    }

    fn admit(&self, claims: &Map<String, Value>) -> Result<Person, String> {
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
        let verified = match claims.get("email_verified") {
            Some(Value::Bool(yes)) => *yes,
            // Cognito writes it as text.
            Some(Value::String(text)) => text != "false",
            _ => true,
        };
        let email = text("email").filter(|_| verified);
        let name = email
            .or(text("sub"))
            .filter(|name| !name.is_empty())
            .ok_or("x-amzn-oidc-data names nobody")?;
        let operators = &self.settings.operators;
        let groups = operators.groups_claim.as_deref().unwrap_or("groups");
        let member = |group: &String| match claims.get(groups) {
            Some(Value::Array(all)) => all.iter().any(|g| g.as_str() == Some(group)),
            Some(Value::String(one)) => one == group,
            _ => false,
        };
        let by_email =
            email.is_some_and(|e| operators.emails.iter().any(|o| o.eq_ignore_ascii_case(e)));
        let role = if by_email || operators.groups.iter().any(member) {
            Role::Operator
        } else {
            Role::Viewer
        };
        Ok(Person {
            name: name.chars().filter(|c| !c.is_control()).take(100).collect(),
            role,
        })
    }

    async fn key(&self, kid: &str) -> Result<Vec<u8>, String> {
        // It becomes part of a URL.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if kid.is_empty() || kid.len() > 64 || !kid.chars().all(plain) {
            return Err("the key id of x-amzn-oidc-data is not one of AWS's".to_owned());
        }
        if let Some(key) = self.known(kid)? {
            return Ok(key);
        }
        let url = key_url(&self.settings.region, kid);
        let pem = (self.fetch)(url)
            .await
            .map_err(|why| format!("the load balancer's public key could not be fetched: {why}"))?;
        let key = from_pem(&pem).ok_or("the load balancer's public key is not a PEM")?;
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.known.len() >= MOST_KEYS {
            keys.known.clear();
        }
        keys.known
            .insert(kid.to_owned(), (key.clone(), Instant::now()));
        Ok(key)
    }

    /// A key that is known and fresh; `None`: it may be fetched, and that is counted.
    fn known(&self, kid: &str) -> Result<Option<Vec<u8>>, String> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, since)) = keys.known.get(kid)
            && since.elapsed() < KEY_LASTS
        {
            return Ok(Some(key.clone()));
        }
        keys.fetches.retain(|at| at.elapsed() < PER);
        if keys.fetches.len() >= MOST_FETCHES {
            return Err(
                "too many unknown keys were named lately; try again in a minute".to_owned(),
            );
        }
        keys.fetches.push(Instant::now());
        Ok(None)
    }
}

/// China's regions have another domain, and so have the GovCloud ones another host.
fn key_url(region: &str, kid: &str) -> String {
    if region.starts_with("us-gov-") {
        return format!(
            "https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}/{kid}"
        );
    }
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://public-keys.auth.elb.{region}.{domain}/{kid}")
}

/// The DER inside `-----BEGIN PUBLIC KEY-----`.
fn from_pem(pem: &str) -> Option<Vec<u8>> {
    let inside = pem.split("-----BEGIN PUBLIC KEY-----").nth(1)?;
    let inside = inside.split("-----END PUBLIC KEY-----").next()?;
    let text: String = inside.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_lc_rs::{
        encoding::{AsDer, PublicKeyX509Der},
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
    };
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use serde_json::json;

    use super::{super::Operators, *};

    const ARN: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/ops/1";

    struct Balancer {
        pair: EcdsaKeyPair,
        fetched: Arc<AtomicUsize>,
    }

    impl Balancer {
        fn new() -> Self {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            let fetched = Arc::default();
            Self { pair, fetched }
        }

        fn verifier(&self) -> Verifier {
            let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().unwrap();
            let pem = format!(
                "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
                STANDARD.encode(der.as_ref())
            );
            let fetched = Arc::clone(&self.fetched);
            let fetch: FetchKey = Arc::new(move |url| {
                assert!(
                    url.starts_with("https://public-keys.auth.elb.eu-central-1.amazonaws.com/")
                );
                fetched.fetch_add(1, Ordering::Relaxed);
                let pem = pem.clone();
                Box::pin(async move { Ok(pem) })
            });
            let settings = AlbOidc {
                region: "eu-central-1".to_owned(),
                signer_arn: ARN.to_owned(),
                operators: Operators {
                    emails: vec!["ann@example.com".to_owned()],
                    groups: vec!["sre".to_owned()],
                    groups_claim: None,
                },
            };
            Verifier::new(settings, Some(fetch)).unwrap()
        }

        /// Padded, as the ALB does.
        fn sign(&self, header: &Value, claims: &Value) -> String {
            let part = |v: &Value| URL_SAFE.encode(v.to_string());
            let signed = format!("{}.{}", part(header), part(claims));
            let signature = self
                .pair
                .sign(&SystemRandom::new(), signed.as_bytes())
                .unwrap();
            format!("{signed}.{}", URL_SAFE.encode(signature))
        }
    }

    fn header() -> Value {
        json!({"typ": "JWT", "kid": "0d1-a", "alg": "ES256", "signer": ARN, "exp": 1_000})
    }

    #[tokio::test]
    async fn whom_the_load_balancer_vouches_for_is_known() {
        let balancer = Balancer::new();
        let verifier = balancer.verifier();
        let role = async |claims| {
            let token = balancer.sign(&header(), &claims);
            verifier.person(&token, 999).await.unwrap().role
        };
        let ann = "ann@example.com";
        assert_eq!(
            role(json!({"sub": "1", "email": ann})).await,
            Role::Operator
        );
        let groups = json!({"sub": "1", "groups": ["dev", "sre"]});
        assert_eq!(role(groups).await, Role::Operator);
        assert_eq!(role(json!({"sub": "ann@example.com"})).await, Role::Viewer);
        let unverified = json!({"sub": "1", "email": ann, "email_verified": "false"});
        assert_eq!(role(unverified).await, Role::Viewer);
        assert_eq!(
            balancer.fetched.load(Ordering::Relaxed),
            1,
            "the key is kept"
        );
    }

    #[tokio::test]
    async fn what_another_signed_or_somebody_changed_is_nobody() {
        let (ours, other) = (Balancer::new(), Balancer::new());
        let verifier = ours.verifier();
        let claims = json!({"sub": "1", "email": "ann@example.com"});
        let told = async |token: String, now| verifier.person(&token, now).await.unwrap_err();
        let good = ours.sign(&header(), &claims);
        assert!(told(good.clone(), 1_000).await.contains("expired"));
        assert!(
            told(other.sign(&header(), &claims), 1)
                .await
                .contains("wrong")
        );
        let with = |field: &str, value: &str| {
            let mut header = header();
            header[field] = json!(value);
            ours.sign(&header, &claims)
        };
        assert!(
            told(with("signer", "arn:other"), 1)
                .await
                .contains("another")
        );
        assert!(told(with("alg", "none"), 1).await.contains("ES256"));
        assert!(told(with("kid", "../../x"), 1).await.contains("key id"));
        let mut parts: Vec<&str> = good.split('.').collect();
        let forged = URL_SAFE.encode(json!({"sub": "2", "groups": ["sre"]}).to_string());
        parts[1] = &forged;
        assert!(told(parts.join("."), 1).await.contains("wrong"));
        for torn in ["", "..", "a.b.c", "é.é.é"] {
            assert!(verifier.person(torn, 1).await.is_err());
        }
    }

    #[tokio::test]
    async fn made_up_keys_do_not_make_us_ask_aws_without_end() {
        let balancer = Balancer::new();
        let verifier = balancer.verifier();
        for i in 0..50 {
            let mut header = header();
            header["kid"] = json!(format!("k{i}"));
            // Signed well, so only the count refuses.
            let token = balancer.sign(&header, &json!({"sub": "1"}));
            assert_eq!(verifier.person(&token, 1).await.is_ok(), i < 10);
        }
        assert_eq!(balancer.fetched.load(Ordering::Relaxed), 10);
    }
}
