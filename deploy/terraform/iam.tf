# The statements are those of ../iam: policy.json for migrations, in-place.json for services that are moved in place, nlb.json
# for those behind a Network Load Balancer, lattice.json for those behind VPC Lattice, cloud-map.json for those that a registry leads to, logs.json for lines of logs that plans count, preflight.json for what preflight reads beside the network, daemon.json
# for what the daemon itself needs. The comments on each are in ../cloudformation/sixshift.yaml and in ../README.md.

locals {
  migrations = jsondecode(file("${path.module}/../iam/policy.json"))

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

  in_place = jsondecode(file("${path.module}/../iam/in-place.json"))

  # Optional: without them no plan can move a service in place.
  beside = merge(local.in_place, {
    Statement = [for statement in local.in_place.Statement : merge(
      statement,
      can(statement.Condition.ArnLike) ? {
        Condition = merge(statement.Condition, { ArnLike = { "ecs:cluster" = var.cluster_arns } })
      } : {},
    )]
  })

  preflight = jsondecode(file("${path.module}/../iam/preflight.json"))

  # Optional: without them preflight says what it does not judge.
  reads = merge(local.preflight, {
    Statement = [for statement in local.preflight.Statement : merge(
      statement,
      statement.Sid == "ReadRoles" ? { Resource = var.pass_role_arns } : {},
    )]
  })

  bucket = var.s3 == null ? "" : "arn:${data.aws_partition.this.partition}:s3:::${var.s3.bucket}"

  # A statement is there when what it is about is.
  lists = {
    PlansList     = var.s3 == null ? [] : [local.bucket]
    Plans         = var.s3 == null ? [] : ["${local.bucket}/${var.s3.prefix}*"]
    Parameters    = var.parameter_arns
    Secrets       = var.secret_arns
    Keys          = var.kms_key_arns
    Topics        = var.topic_arns
    Buses         = var.event_bus_arns
    OtherAccounts = var.plan_role_arns
    Journal       = [aws_dynamodb_table.journal.arn]
  }

  daemon = jsondecode(templatefile("${path.module}/../iam/daemon.json", {
    table      = "table"
    bucket     = "bucket"
    prefix     = try(var.s3.prefix, "")
    parameters = "parameters"
    secrets    = "secrets"
    keys       = "keys"
    topics     = "topics"
    buses      = "buses"
    roles      = "roles"
  }))

  own = merge(local.daemon, {
    Statement = [
      for statement in local.daemon.Statement : merge(statement, { Resource = local.lists[statement.Sid] })
      if length(local.lists[statement.Sid]) > 0
    ]
  })

  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id } }
    }]
  })
}

resource "aws_iam_role" "task" {
  name_prefix        = "${var.name}-task-"
  description        = "What sixshift may do"
  assume_role_policy = local.trust
  tags               = var.tags
}

resource "aws_iam_role_policy" "migrations" {
  name   = "migrations"
  role   = aws_iam_role.task.id
  policy = jsonencode(local.narrowed)
}

resource "aws_iam_role_policy" "in_place" {
  name   = "in-place"
  role   = aws_iam_role.task.id
  policy = jsonencode(local.beside)
}

# Optional: without it no plan can move a service behind a Network Load Balancer. The role's own policies have no room for it.
resource "aws_iam_policy" "nlb" {
  name_prefix = "${var.name}-nlb-"
  description = "What sixshift may do with the listeners of Network Load Balancers"
  policy      = file("${path.module}/../iam/nlb.json")
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "nlb" {
  role       = aws_iam_role.task.name
  policy_arn = aws_iam_policy.nlb.arn
}

# Optional: without it no plan can move a service behind VPC Lattice.
resource "aws_iam_policy" "lattice" {
  name_prefix = "${var.name}-lattice-"
  description = "What sixshift may do with services and target groups of VPC Lattice"
  policy      = file("${path.module}/../iam/lattice.json")
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "lattice" {
  role       = aws_iam_role.task.name
  policy_arn = aws_iam_policy.lattice.arn
}

# Optional: without it no plan can move a service by a Cloud Map registry of its twin's own.
resource "aws_iam_policy" "cloud_map" {
  name_prefix = "${var.name}-cloud-map-"
  description = "What sixshift may do with services of Cloud Map"
  policy      = file("${path.module}/../iam/cloud-map.json")
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "cloud_map" {
  role       = aws_iam_role.task.name
  policy_arn = aws_iam_policy.cloud_map.arn
}

# Optional: without it no plan can count lines of an application's log.
resource "aws_iam_policy" "logs" {
  name_prefix = "${var.name}-logs-"
  description = "What sixshift may ask of logs of applications"
  policy      = file("${path.module}/../iam/logs.json")
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.task.name
  policy_arn = aws_iam_policy.logs.arn
}

resource "aws_iam_role_policy" "preflight" {
  name   = "preflight"
  role   = aws_iam_role.task.id
  policy = jsonencode(local.reads)
}

resource "aws_iam_role_policy" "daemon" {
  name   = "daemon"
  role   = aws_iam_role.task.id
  policy = jsonencode(local.own)
}

resource "aws_iam_role" "execution" {
  name_prefix        = "${var.name}-start-"
  description        = "What ECS needs to start the daemon"
  assume_role_policy = local.trust
  tags               = var.tags
}

resource "aws_iam_role_policy" "start" {
  name = "start"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # AWS narrows it by nothing.
      { Sid = "RegistryToken", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Sid      = "Image"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${data.aws_partition.this.partition}:ecr:*:*:repository/*"
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.log.arn}:*"
      },
      {
        Sid      = "Tokens"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = compact([aws_secretsmanager_secret.operator_token.arn, try(var.git.token_secret_arn, null)])
      },
    ]
  })
}
