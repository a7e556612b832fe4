//! Rules of the services of which the region keeps documents.

use super::{Rule, does, lacks};
use crate::services::Service;

pub(super) fn of(service: Service) -> &'static [Rule] {
    match service {
        Service::Ecr => ECR,
        Service::Efs => EFS,
        Service::ElastiCache => ELASTICACHE,
        Service::Iam => IAM,
        Service::Logs => LOGS,
        Service::Quotas => QUOTAS,
        Service::Rds => RDS,
        Service::S3 => S3,
        Service::ServiceDiscovery => CLOUD_MAP,
        Service::Waf => WAF,
        _ => &[],
    }
}

const ECR: &[Rule] = &[
    does(
        "ecr-images",
        &["PutImage", "DescribeImages", "BatchGetImage"],
        "an image is found by tag and digest; a tag moves to the image pushed last, unless the repository's tags are immutable",
        "test_images_are_found_by_tag_and_by_digest",
        "ECR API reference, PutImage",
    ),
    lacks(
        "ecr-pulls",
        &[],
        "whether an image that a task names is in its repository",
        "what an image does is told to the region by its name",
        "ECR user guide, Pulling an image",
    ),
];

const EFS: &[Rule] = &[
    does(
        "efs-mount-targets",
        &[
            "CreateMountTarget",
            "DescribeMountTargets",
            "DeleteFileSystem",
        ],
        "one a zone, with addresses of the families asked for, IPv4 where none is, and IPv6 alone only in a subnet of IPv6 alone; a file system with mount targets is not deleted",
        "test_mount_targets_have_addresses_of_the_families_asked_for",
        "EFS API reference, CreateMountTarget",
    ),
    does(
        "efs-mounts",
        &[],
        "a task in a subnet of IPv6 alone mounts a file system by the mount target of its zone, if that has an IPv6 address and its groups let NFS in; otherwise it does not start",
        "each_flaw_shows_as_the_catalogue_says",
        "EFS user guide, Managing mount targets, Using VPC security groups",
    ),
    lacks(
        "efs-mounts-ipv4",
        &[],
        "whether a task with IPv4 mounts a file system",
        "the way over IPv4 is not looked at",
        "EFS user guide, Mounting EFS file systems",
    ),
];

const QUOTAS: &[Rule] = &[
    does(
        "quotas-granted-and-given",
        &["GetServiceQuota", "GetAWSDefaultServiceQuota"],
        "a quota that nobody was granted more of has no applied value: GetServiceQuota refuses (NoSuchResourceException), and the default is told by the call for it; one that CloudWatch tells the use of names the metric",
        "test_quotas_are_told_with_the_metric_of_their_use",
        "Service Quotas API reference, GetServiceQuota, GetAWSDefaultServiceQuota",
    ),
    lacks(
        "quotas-of-others",
        &["GetServiceQuota"],
        "quotas other than those of vCPUs on Fargate and of subnets a VPC, lists of them, and requests for more",
        "nothing here counts against them, or Elastic Load Balancing tells them by itself",
        "Service Quotas user guide",
    ),
];

const ELASTICACHE: &[Rule] = &[
    does(
        "elasticache-network-types",
        &[
            "CreateCacheCluster",
            "CreateReplicationGroup",
            "CreateServerlessCache",
        ],
        "a cache is of a family that its group of subnets has; which addresses its name gives out goes with it, or is chosen where it has both",
        "test_caches_tell_their_family_and_that_of_their_names",
        "ElastiCache user guide, Choosing a network type",
    ),
    lacks(
        "elasticache-reached",
        &[],
        "whether a container reaches a cache",
        "only databases are looked for in its variables",
        "ElastiCache user guide, Choosing a network type",
    ),
];

const IAM: &[Rule] = &[
    does(
        "iam-policies",
        &[
            "GetRolePolicy",
            "GetPolicyVersion",
            "PutRolePolicy",
            "DeleteRole",
        ],
        "documents are read percent-encoded; a role with policies is not deleted",
        "test_the_policies_of_a_role_are_read_as_they_were_written",
        "IAM API reference, GetRolePolicy, DeleteRole",
    ),
    does(
        "iam-boundary",
        &["CreateRole", "GetRole"],
        "a permissions boundary is a policy that is there, and the role tells of it",
        "test_the_policies_of_a_role_are_read_as_they_were_written",
        "IAM API reference, CreateRole, GetRole",
    ),
    lacks(
        "iam-documents-count",
        &[],
        "whether a caller is held by the policies here",
        "what a caller may is set for the region as a whole",
        "IAM user guide, Policy evaluation logic",
    ),
];

const LOGS: &[Rule] = &[
    does(
        "logs-filter",
        &["PutLogEvents", "FilterLogEvents", "GetLogEvents"],
        "lines are found by time, stream, and terms that they contain",
        "test_lines_of_a_log_group_are_found_by_time_and_term",
        "CloudWatch Logs API reference, FilterLogEvents",
    ),
    lacks(
        "logs-patterns",
        &["FilterLogEvents"],
        "patterns other than terms",
        "a pattern that is none is `InvalidParameterException`, and so is never taken for one that finds nothing",
        "CloudWatch Logs user guide, Filter pattern syntax",
    ),
    does(
        "logs-queries",
        &["StartQuery", "GetQueryResults", "StopQuery"],
        "a query is scheduled, runs for a moment and is complete; it is charged by what it scans; 10,000 rows an answer, 100,000 a query; \
         100 queries at a time (`LimitExceededException`)",
        "test_a_query_takes_apart_filters_sums_and_sorts",
        "CloudWatch Logs API reference, StartQuery, GetQueryResults; CloudWatch Logs quotas",
    ),
    does(
        "logs-queries-end",
        &["StartQuery"],
        "a query that ends before its log group was made is `MalformedQueryException`",
        "test_a_query_takes_apart_filters_sums_and_sorts",
        "unverified; CloudWatch Logs API reference, StartQuery, names no such case",
    ),
    lacks(
        "logs-query-language",
        &["StartQuery"],
        "of the query language more than fields, display, filter, parse, stats by fields and bin(), sort and limit; the fields that Insights finds by itself in \
         flow logs of the default format",
        "whatever else a query says is `MalformedQueryException`, and so is never passed over",
        "CloudWatch Logs user guide, CloudWatch Logs Insights language query syntax",
    ),
];

const RDS: &[Rule] = &[
    does(
        "rds-network-types",
        &[
            "CreateDBSubnetGroup",
            "CreateDBInstance",
            "ModifyDBInstance",
            "CreateDBCluster",
            "CreateDBProxy",
        ],
        "a database has both families only in a group of subnets that have both (`NetworkTypeNotSupported`); a group covers two zones",
        "test_databases_are_of_both_families_only_in_subnets_of_both",
        "RDS user guide, Working with a DB instance in a VPC",
    ),
    does(
        "rds-reached",
        &[],
        "a container in a subnet of IPv6 alone whose variables name a database reaches it over IPv6 where it has both families, else through NAT64 from the NAT gateway's address, and as its groups let that in; otherwise it fails customers",
        "each_flaw_shows_as_the_catalogue_says",
        "aws/containers-roadmap#2456; RDS user guide, Working with a DB instance in a VPC",
    ),
    lacks(
        "rds-takes-time",
        &[],
        "that a database takes minutes to be made, changed and deleted",
        "nobody here waits for one",
        "RDS user guide, Viewing DB instance status",
    ),
];

const S3: &[Rule] = &[
    does(
        "s3-bucket-region",
        &["CreateBucket", "GetBucketPolicy"],
        "a bucket is made in the region that is asked; elsewhere it is `PermanentRedirect` (301) with the region that it is in",
        "test_a_bucket_has_a_region_and_a_policy_of_its_own",
        "S3 API reference, CreateBucket, Error responses; S3 user guide, Making requests using the REST API: request redirection",
    ),
    does(
        "s3-bucket-policy",
        &[
            "PutBucketPolicy",
            "GetBucketPolicy",
            "DeleteBucketPolicy",
            "DeleteBucket",
        ],
        "a policy names principals and resources of its bucket (`MalformedPolicy`); a bucket without one is `NoSuchBucketPolicy`, and of \
         another account's bucket it is told to nobody (`MethodNotAllowed`, 405)",
        "test_a_bucket_has_a_region_and_a_policy_of_its_own",
        "S3 API reference, GetBucketPolicy, PutBucketPolicy",
    ),
    does(
        "s3-policy-refuses",
        &[],
        "a container in a subnet of IPv6 alone whose variables name a bucket asks it from its IPv6 address by names of both families; ECS \
         fetches environment files so. What the bucket's policy denies to that address fails customers, or keeps the task from starting",
        "each_flaw_shows_as_the_catalogue_says",
        "S3 user guide, Using IPv6 addresses in IAM policies; ECS developer guide, Use a file to specify environment variables",
    ),
    lacks(
        "s3-objects",
        &[],
        "objects, and whether an environment file is there",
        "nobody here reads one",
        "S3 API reference, GetObject",
    ),
    lacks(
        "s3-allows",
        &[],
        "what a bucket's policy allows, or denies to IPv4 addresses; conditions of a denial on anything but addresses are taken for not met",
        "a role of the bucket's account needs no more than its own policies, which nobody is held by here",
        "IAM user guide, Policy evaluation logic",
    ),
];

const CLOUD_MAP: &[Rule] = &[
    does(
        "discovery-instances",
        &["GetService", "DeleteService"],
        "a service has the running tasks of the ECS services that name it as instances, and tells how many; while there are any it is not deleted",
        "a_registry_has_the_running_tasks_and_is_not_deleted_under_them",
        "Cloud Map API reference, DeleteService; ECS developer guide, Service discovery",
    ),
    lacks(
        "discovery-resolvers",
        &[],
        "what a resolver remembers for a record's TTL, and the health that instances are told to have",
        "consumers here ask anew each minute, for whoever runs",
        "Cloud Map developer guide, DnsRecord TTL",
    ),
    does(
        "discovery-records",
        &[
            "CreateService",
            "GetService",
            "ListServices",
            "DeleteNamespace",
        ],
        "a service tells the records that it keeps; a namespace with services is not deleted",
        "test_a_cloud_map_service_tells_the_records_that_it_keeps",
        "Cloud Map API reference, CreateService",
    ),
];

const WAF: &[Rule] = &[
    does(
        "waf-address-sets",
        &["CreateIPSet", "AssociateWebACL", "GetWebACLForResource"],
        "a set has addresses of one family; a load balancer has one web ACL, and without one the answer is empty",
        "test_a_web_acl_of_a_load_balancer_leads_to_its_sets_of_addresses",
        "WAF API reference, CreateIPSet, GetWebACLForResource",
    ),
    lacks(
        "waf-blocks",
        &[],
        "requests that a web ACL blocks",
        "customers have no addresses here",
        "WAF developer guide, How AWS WAF works",
    ),
];
