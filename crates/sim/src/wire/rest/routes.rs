//! Which method and path is which operation, a table a service.
//!
//! What must not be here: reading a request.

/// Method, path, operation, status.
type Route = (&'static str, &'static str, &'static str, u16);

/// How a service is asked.
pub(super) struct Api {
    /// What stands before each path.
    pub(super) version: &'static str,
    pub(super) routes: &'static [Route],
    /// The parameters of a query that are there several times.
    pub(super) lists: &'static [&'static str],
    /// Whether moments are text.
    pub(super) writes_moments_out: bool,
    /// The code for what cannot be read.
    pub(super) invalid: &'static str,
}

pub(super) const EFS: Api = Api {
    version: "/2015-02-01/",
    lists: &[],
    writes_moments_out: false,
    invalid: "BadRequest",
    routes: &[
        ("POST", "file-systems", "CreateFileSystem", 201),
        ("GET", "file-systems", "DescribeFileSystems", 200),
        (
            "DELETE",
            "file-systems/{FileSystemId}",
            "DeleteFileSystem",
            204,
        ),
        ("POST", "mount-targets", "CreateMountTarget", 200),
        ("GET", "mount-targets", "DescribeMountTargets", 200),
        (
            "DELETE",
            "mount-targets/{MountTargetId}",
            "DeleteMountTarget",
            204,
        ),
        (
            "GET",
            "mount-targets/{MountTargetId}/security-groups",
            "DescribeMountTargetSecurityGroups",
            200,
        ),
    ],
};

/// Source: botocore, vpc-lattice 2022-11-30.
pub(super) const LATTICE: Api = Api {
    version: "/",
    lists: &["tagKeys"],
    writes_moments_out: true,
    invalid: "ValidationException",
    routes: &[
        ("GET", "servicenetworks", "ListServiceNetworks", 200),
        ("POST", "servicenetworks", "CreateServiceNetwork", 201),
        (
            "DELETE",
            "servicenetworks/{serviceNetworkIdentifier}",
            "DeleteServiceNetwork",
            204,
        ),
        (
            "GET",
            "servicenetworks/{serviceNetworkIdentifier}",
            "GetServiceNetwork",
            200,
        ),
        (
            "GET",
            "servicenetworkserviceassociations",
            "ListServiceNetworkServiceAssociations",
            200,
        ),
        (
            "POST",
            "servicenetworkserviceassociations",
            "CreateServiceNetworkServiceAssociation",
            200,
        ),
        (
            "DELETE",
            "servicenetworkserviceassociations/{serviceNetworkServiceAssociationIdentifier}",
            "DeleteServiceNetworkServiceAssociation",
            200,
        ),
        (
            "GET",
            "servicenetworkserviceassociations/{serviceNetworkServiceAssociationIdentifier}",
            "GetServiceNetworkServiceAssociation",
            200,
        ),
        (
            "GET",
            "servicenetworkvpcassociations",
            "ListServiceNetworkVpcAssociations",
            200,
        ),
        (
            "POST",
            "servicenetworkvpcassociations",
            "CreateServiceNetworkVpcAssociation",
            200,
        ),
        (
            "DELETE",
            "servicenetworkvpcassociations/{serviceNetworkVpcAssociationIdentifier}",
            "DeleteServiceNetworkVpcAssociation",
            200,
        ),
        (
            "GET",
            "servicenetworkvpcassociations/{serviceNetworkVpcAssociationIdentifier}",
            "GetServiceNetworkVpcAssociation",
            200,
        ),
        ("GET", "services", "ListServices", 200),
        ("POST", "services", "CreateService", 201),
        (
            "DELETE",
            "services/{serviceIdentifier}",
            "DeleteService",
            200,
        ),
        ("GET", "services/{serviceIdentifier}", "GetService", 200),
        (
            "GET",
            "services/{serviceIdentifier}/listeners",
            "ListListeners",
            200,
        ),
        (
            "POST",
            "services/{serviceIdentifier}/listeners",
            "CreateListener",
            201,
        ),
        (
            "DELETE",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}",
            "DeleteListener",
            204,
        ),
        (
            "GET",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}",
            "GetListener",
            200,
        ),
        (
            "PATCH",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}",
            "UpdateListener",
            200,
        ),
        (
            "GET",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules",
            "ListRules",
            200,
        ),
        (
            "POST",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules",
            "CreateRule",
            201,
        ),
        (
            "DELETE",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules/{ruleIdentifier}",
            "DeleteRule",
            204,
        ),
        (
            "GET",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules/{ruleIdentifier}",
            "GetRule",
            200,
        ),
        (
            "PATCH",
            "services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules/{ruleIdentifier}",
            "UpdateRule",
            200,
        ),
        ("DELETE", "tags/{resourceArn}", "UntagResource", 200),
        ("GET", "tags/{resourceArn}", "ListTagsForResource", 200),
        ("POST", "tags/{resourceArn}", "TagResource", 200),
        ("GET", "targetgroups", "ListTargetGroups", 200),
        ("POST", "targetgroups", "CreateTargetGroup", 201),
        (
            "DELETE",
            "targetgroups/{targetGroupIdentifier}",
            "DeleteTargetGroup",
            200,
        ),
        (
            "GET",
            "targetgroups/{targetGroupIdentifier}",
            "GetTargetGroup",
            200,
        ),
        (
            "PATCH",
            "targetgroups/{targetGroupIdentifier}",
            "UpdateTargetGroup",
            200,
        ),
        (
            "POST",
            "targetgroups/{targetGroupIdentifier}/deregistertargets",
            "DeregisterTargets",
            200,
        ),
        (
            "POST",
            "targetgroups/{targetGroupIdentifier}/listtargets",
            "ListTargets",
            200,
        ),
        (
            "POST",
            "targetgroups/{targetGroupIdentifier}/registertargets",
            "RegisterTargets",
            200,
        ),
    ],
};
