# sixshift as an ECS service on Fargate, with journal, log, roles and alarms. page.tf has the load balancer.

data "aws_partition" "this" {}
data "aws_region" "this" {}
data "aws_caller_identity" "this" {}

locals {
  cluster = var.cluster != null ? var.cluster : aws_ecs_cluster.own[0].name

  git = try({
    url      = var.git.url
    branch   = var.git.branch
    folder   = var.git.folder
    poll     = var.git.poll
    tokenEnv = var.git.token_secret_arn == null ? null : "SIXSHIFT_GIT_TOKEN"
  }, null)

  # What is null is left out.
  source = {
    git = try({ for key, value in local.git : key => value if value != null }, null)
    s3  = var.s3
  }

  auth = {
    read   = "token"
    tokens = [{ name = "operator", role = "operator", env = "SIXSHIFT_OPERATOR_TOKEN" }]
    albOidc = var.page == null ? null : {
      region    = data.aws_region.this.name
      signerArn = aws_lb.page[0].arn
      operators = { emails = var.page.operator_emails }
    }
  }

  usual = {
    apiVersion = "sixshift/v1"
    kind       = "Settings"
    source     = { for kind, source in local.source : kind => source if source != null }
    journal    = { dynamodb = { table = aws_dynamodb_table.journal.name } }
    listen     = ["[::]:8686"]
    hosts      = var.page == null ? null : [var.page.host_name]
    limits     = var.page == null ? null : { behindLoadBalancer = true }
    auth       = { for key, value in local.auth : key => value if value != null }
    log        = { format = "json", filter = "info" }
  }

  settings = merge({ for key, value in local.usual : key => value if value != null }, var.more_settings)
}

resource "aws_ecs_cluster" "own" {
  count = var.cluster == null ? 1 : 0

  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

# What operators said, and who leads. Losing it means that every migration under way waits to be adopted.
resource "aws_dynamodb_table" "journal" {
  # checkov:skip=CKV_AWS_119:It is encrypted with DynamoDB's own key in KMS; there are no secrets in it, and a key of one's own costs each call.
  name                        = "${var.name}-journal"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = true
  tags                        = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "log" {
  # checkov:skip=CKV_AWS_158:It is encrypted with CloudWatch's own key; neither tokens nor customers' data are in it.
  name              = "/sixshift/${var.name}"
  retention_in_days = var.log_retention
  tags              = var.tags
}

# For `sixshift approve` and the like from a terminal. Its text is made once, and is in Terraform's state.
resource "aws_secretsmanager_secret" "operator_token" {
  # checkov:skip=CKV_AWS_149:It is encrypted with Secrets Manager's own key in KMS; nobody from another account reads it.
  # checkov:skip=CKV2_AWS_57:No Lambda function changes it; a new one is `terraform apply -replace` of its version.
  name_prefix = "${var.name}-operator-token-"
  description = "The token with which operators give sixshift orders"
  tags        = var.tags
}

data "aws_secretsmanager_random_password" "operator_token" {
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret_version" "operator_token" {
  secret_id     = aws_secretsmanager_secret.operator_token.id
  secret_string = data.aws_secretsmanager_random_password.operator_token.random_password

  lifecycle {
    ignore_changes = [secret_string]
  }
}

resource "aws_ecs_task_definition" "task" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  tags                     = var.tags

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  # Copies of remote repositories. Losing it costs one fetch.
  volume {
    name = "work"
  }

  container_definitions = jsonencode([{
    name                   = "sixshift"
    image                  = var.image
    essential              = true
    command                = ["run", "--config", "env:SIXSHIFT_SETTINGS"]
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = false, capabilities = { drop = ["ALL"] } }
    stopTimeout            = 30
    mountPoints            = [{ sourceVolume = "work", containerPath = "/var/lib/sixshift", readOnly = false }]
    portMappings           = [{ containerPort = 8686, protocol = "tcp" }]
    healthCheck = {
      command     = ["CMD", "/sixshift", "health", "--server", "http://[::1]:8686", "--request-timeout", "4s"]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
    environment = [
      { name = "AWS_USE_DUALSTACK_ENDPOINT", value = "true" },
      { name = "TMPDIR", value = "/var/lib/sixshift" },
      { name = "SIXSHIFT_SETTINGS", value = yamlencode(local.settings) },
    ]
    secrets = concat(
      [{ name = "SIXSHIFT_OPERATOR_TOKEN", valueFrom = aws_secretsmanager_secret.operator_token.arn }],
      try(var.git.token_secret_arn, null) == null ? [] : [{ name = "SIXSHIFT_GIT_TOKEN", valueFrom = var.git.token_secret_arn }],
    )
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.log.name
        awslogs-region        = data.aws_region.this.name
        awslogs-stream-prefix = "sixshift"
      }
    }
  }])

  lifecycle {
    precondition {
      condition     = (var.git == null) != (var.s3 == null)
      error_message = "Give either git or s3."
    }
  }
}

resource "aws_security_group" "daemon" {
  name_prefix = "${var.name}-"
  description = "sixshift: out to AWS and git, in from its load balancer alone"
  vpc_id      = var.vpc_id
  tags        = var.tags

  egress {
    description      = "AWS and git over https"
    protocol         = "tcp"
    from_port        = 443
    to_port          = 443
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [ingress]
  }
}

resource "aws_ecs_service" "daemon" {
  # checkov:skip=CKV_AWS_333:No public address unless assign_public_ip says so.
  name                              = var.name
  cluster                           = local.cluster
  task_definition                   = aws_ecs_task_definition.task.arn
  launch_type                       = "FARGATE"
  platform_version                  = "LATEST"
  desired_count                     = var.desired_count
  propagate_tags                    = "SERVICE"
  enable_ecs_managed_tags           = true
  health_check_grace_period_seconds = var.page == null ? null : 120
  tags                              = var.tags

  # The new one is up before the old one goes; the lease lets one of them act.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.daemon.id]
    assign_public_ip = var.assign_public_ip
  }

  dynamic "load_balancer" {
    for_each = aws_lb_target_group.page
    content {
      container_name   = "sixshift"
      container_port   = 8686
      target_group_arn = load_balancer.value.arn
    }
  }

  # A target group has to be behind a listener before a service may name it.
  depends_on = [aws_lb_listener.page, aws_secretsmanager_secret_version.operator_token]
}
