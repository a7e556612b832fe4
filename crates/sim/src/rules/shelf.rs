//! Rules of the services of which the region keeps documents.

use super::Rule;
use crate::services::Service;

pub(super) fn of(_service: Service) -> &'static [Rule] {
    &[]
}
