# The role in another account that a plan names as service.roleArn, with the external id that it names too.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

variable "daemon_account_id" {
  description = "The account that the daemon runs in."
  type        = string
}

variable "daemon_role_name" {
  description = "The daemon's task role, with a star where its name ends in what was made up."
  type        = string
  default     = "sixshift-task-*"
}

variable "external_id" {
  description = "What the plan names as externalId, made up by you and used for nothing else."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@:/-]{12,}$", var.external_id))
    error_message = "12 characters at least: letters, digits and + = , . @ : / -"
  }
}

variable "name" {
  type    = string
  default = "sixshift"
}

variable "cluster_arns" {
  description = "In which clusters it may list tasks, make twins and delete services; ARNs, with stars."
  type        = list(string)
  default     = ["arn:*:ecs:*:*:cluster/*"]
}

variable "service_arns" {
  description = "Which services it may change; ARNs, with stars."
  type        = list(string)
  default     = ["arn:*:ecs:*:*:service/*"]
}

variable "route_arns" {
  description = "Which listeners and rules it may move traffic on; ARNs, with stars."
  type        = list(string)
  default     = ["arn:*:elasticloadbalancing:*:*:listener-rule/app/*", "arn:*:elasticloadbalancing:*:*:listener/app/*"]
}

variable "pass_role_arns" {
  description = "Which roles the twins' tasks may have; ARNs, with stars."
  type        = list(string)
  default     = ["arn:*:iam::*:role/*"]
}

data "aws_partition" "this" {}

locals {
  migrations = jsondecode(file("${path.module}/../../../iam/policy.json"))

  narrowed = merge(local.migrations, {
    Statement = [for statement in local.migrations.Statement : merge(
      statement,
      contains(["ChangeServices", "RetireServices"], statement.Sid) ? { Resource = var.service_arns } : {},
      statement.Sid == "Routes" ? { Resource = var.route_arns } : {},
      statement.Sid == "PassRoles" ? { Resource = var.pass_role_arns } : {},
      can(statement.Condition.ArnLike) ? {
        Condition = merge(statement.Condition, { ArnLike = { "ecs:cluster" = var.cluster_arns } })
      } : {},
    )]
  })

  in_place = jsondecode(file("${path.module}/../../../iam/in-place.json"))

  # Optional: without them no plan can move a service in place.
  beside = merge(local.in_place, {
    Statement = [for statement in local.in_place.Statement : merge(
      statement,
      can(statement.Condition.ArnLike) ? {
        Condition = merge(statement.Condition, { ArnLike = { "ecs:cluster" = var.cluster_arns } })
      } : {},
    )]
  })

  preflight = jsondecode(file("${path.module}/../../../iam/preflight.json"))

  # Optional: without them preflight says what it does not judge.
  reads = merge(local.preflight, {
    Statement = [for statement in local.preflight.Statement : merge(
      statement,
      statement.Sid == "ReadRoles" ? { Resource = var.pass_role_arns } : {},
    )]
  })
}

resource "aws_iam_role" "role" {
  name                 = var.name
  description          = "What sixshift, which runs in another account, may do here"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.this.partition}:iam::${var.daemon_account_id}:root" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "sts:ExternalId" = var.external_id }
        ArnLike      = { "aws:PrincipalArn" = "arn:*:iam::${var.daemon_account_id}:role/${var.daemon_role_name}" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "migrations" {
  name   = "migrations"
  role   = aws_iam_role.role.id
  policy = jsonencode(local.narrowed)
}

resource "aws_iam_role_policy" "in_place" {
  name   = "in-place"
  role   = aws_iam_role.role.id
  policy = jsonencode(local.beside)
}

# Optional: without it no plan can move a service behind a Network Load Balancer. The role's own policies have no room for it.
resource "aws_iam_policy" "nlb" {
  name_prefix = "${var.name}-nlb-"
  description = "What sixshift may do with the listeners of Network Load Balancers"
  policy      = file("${path.module}/../../../iam/nlb.json")
}

resource "aws_iam_role_policy_attachment" "nlb" {
  role       = aws_iam_role.role.name
  policy_arn = aws_iam_policy.nlb.arn
}

# Optional: without it no plan can move a service behind VPC Lattice.
resource "aws_iam_policy" "lattice" {
  name_prefix = "${var.name}-lattice-"
  description = "What sixshift may do with services and target groups of VPC Lattice"
  policy      = file("${path.module}/../../../iam/lattice.json")
}

resource "aws_iam_role_policy_attachment" "lattice" {
  role       = aws_iam_role.role.name
  policy_arn = aws_iam_policy.lattice.arn
}

# Optional: without it no plan can move a service by a Cloud Map registry of its twin's own.
resource "aws_iam_policy" "cloud_map" {
  name_prefix = "${var.name}-cloud-map-"
  description = "What sixshift may do with services of Cloud Map"
  policy      = file("${path.module}/../../../iam/cloud-map.json")
}

resource "aws_iam_role_policy_attachment" "cloud_map" {
  role       = aws_iam_role.role.name
  policy_arn = aws_iam_policy.cloud_map.arn
}

# Optional: without it no plan can count lines of an application's log.
resource "aws_iam_policy" "logs" {
  name_prefix = "${var.name}-logs-"
  description = "What sixshift may ask of logs of applications"
  policy      = file("${path.module}/../../../iam/logs.json")
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.role.name
  policy_arn = aws_iam_policy.logs.arn
}

resource "aws_iam_role_policy" "preflight" {
  name   = "preflight"
  role   = aws_iam_role.role.id
  policy = jsonencode(local.reads)
}

output "role_arn" {
  description = "The plan's service.roleArn."
  value       = aws_iam_role.role.arn
}
