# What a trial makes, as a team would declare it. tests/tests/trial/terraform.rs imports a trial's things into it: a plan has nothing to
# add, to change or to destroy.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "region_url" {
  description = "Where the simulated region listens."
  type        = string
}

variable "trial" {
  description = "The trial's word."
  type        = string
}

variable "expires" {
  description = "When it may be deleted, as its tag says."
  type        = string
}

variable "site" {
  description = "What a task's web server is told."
  type        = string
}

variable "command" {
  description = "What a task runs."
  type        = list(string)
}

provider "aws" {
  region                  = "eu-central-1"
  access_key              = "AKIDSIMULATED"
  secret_key              = "simulated"
  skip_metadata_api_check = "true"

  endpoints {
    applicationautoscaling = var.region_url
    cloudwatch             = var.region_url
    ec2                    = var.region_url
    ecs                    = var.region_url
    elbv2                  = var.region_url
    sts                    = var.region_url
  }
}

locals {
  name  = "sixshift-trial-${var.trial}"
  zones = ["eu-central-1a", "eu-central-1b"]
  tags  = { sixshift-trial = var.trial, sixshift-trial-expires = var.expires }
  named = merge(local.tags, { Name = local.name })

  services = {
    through = { tasks = 2, priority = 10 }
    back    = { tasks = 1, priority = 20 }
  }
}

# Network

resource "aws_vpc" "trial" {
  cidr_block                       = "10.66.0.0/24"
  assign_generated_ipv6_cidr_block = true
  tags                             = local.named
}

resource "aws_subnet" "dual_stack" {
  count             = 2
  vpc_id            = aws_vpc.trial.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(aws_vpc.trial.cidr_block, 2, count.index)
  ipv6_cidr_block   = cidrsubnet(aws_vpc.trial.ipv6_cidr_block, 8, count.index)
  tags              = local.named
}

resource "aws_subnet" "ipv6_only" {
  count             = 2
  vpc_id            = aws_vpc.trial.id
  availability_zone = local.zones[count.index]
  ipv6_native       = true
  ipv6_cidr_block   = cidrsubnet(aws_vpc.trial.ipv6_cidr_block, 8, 16 + count.index)

  # AWS gives them without being asked.
  assign_ipv6_address_on_creation                = true
  enable_resource_name_dns_aaaa_record_on_launch = true
  private_dns_hostname_type_on_launch            = "resource-name"
  tags                                           = local.named
}

resource "aws_internet_gateway" "trial" {
  vpc_id = aws_vpc.trial.id
  tags   = local.named
}

resource "aws_route_table" "trial" {
  vpc_id = aws_vpc.trial.id
  tags   = local.named

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.trial.id
  }

  route {
    ipv6_cidr_block = "::/0"
    gateway_id      = aws_internet_gateway.trial.id
  }
}

resource "aws_route_table_association" "trial" {
  count          = 4
  route_table_id = aws_route_table.trial.id
  subnet_id      = concat(aws_subnet.dual_stack, aws_subnet.ipv6_only)[count.index].id
}

resource "aws_security_group" "balancer" {
  name        = "${local.name}-balancer"
  description = "a trial of sixshift: balancer"
  vpc_id      = aws_vpc.trial.id
  tags        = merge(local.tags, { Name = "${local.name}-balancer" })

  ingress {
    from_port        = 80
    to_port          = 80
    protocol         = "tcp"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}

resource "aws_security_group" "tasks" {
  name        = "${local.name}-tasks"
  description = "a trial of sixshift: tasks"
  vpc_id      = aws_vpc.trial.id
  tags        = merge(local.tags, { Name = "${local.name}-tasks" })

  ingress {
    from_port       = 80
    to_port         = 80
    protocol        = "tcp"
    security_groups = [aws_security_group.balancer.id]
  }

  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}

# Load balancing

resource "aws_lb" "trial" {
  name               = local.name
  load_balancer_type = "application"
  ip_address_type    = "dualstack"
  subnets            = aws_subnet.dual_stack[*].id
  security_groups    = [aws_security_group.balancer.id]
  tags               = local.tags
}

resource "aws_lb_listener" "trial" {
  load_balancer_arn = aws_lb.trial.arn
  port              = 80
  protocol          = "HTTP"
  tags              = local.tags

  default_action {
    type = "fixed-response"

    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
      message_body = "not here"
    }
  }
}

resource "aws_lb_target_group" "trial" {
  for_each             = local.services
  name                 = "${local.name}-${each.key}"
  port                 = 80
  protocol             = "HTTP"
  vpc_id               = aws_vpc.trial.id
  target_type          = "ip"
  deregistration_delay = 15
  tags                 = local.tags

  health_check {
    path                = "/health"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener_rule" "trial" {
  for_each     = local.services
  listener_arn = aws_lb_listener.trial.arn
  priority     = each.value.priority
  tags         = local.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.trial[each.key].arn
  }

  condition {
    path_pattern {
      values = ["/${each.key}*"]
    }
  }
}

# Services

resource "aws_ecs_cluster" "trial" {
  name = local.name
  tags = local.tags
}

resource "aws_ecs_task_definition" "trial" {
  for_each                 = local.services
  family                   = "${local.name}-${each.key}"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = "256"
  memory                   = "512"
  tags                     = local.tags

  container_definitions = jsonencode([{
    name         = "web"
    image        = "ecr-public.aws.com/nginx/nginx:stable-alpine"
    essential    = true
    command      = var.command
    environment  = [{ name = "SITE", value = var.site }]
    portMappings = [{ containerPort = 80, protocol = "tcp" }]
  }])
}

resource "aws_ecs_service" "trial" {
  for_each                          = local.services
  name                              = "${local.name}-${each.key}"
  cluster                           = aws_ecs_cluster.trial.arn
  task_definition                   = "${aws_ecs_task_definition.trial[each.key].family}:${aws_ecs_task_definition.trial[each.key].revision}"
  desired_count                     = each.value.tasks
  launch_type                       = "FARGATE"
  health_check_grace_period_seconds = 30
  availability_zone_rebalancing     = "ENABLED"
  propagate_tags                    = "SERVICE"
  tags                              = local.tags

  network_configuration {
    subnets          = aws_subnet.dual_stack[*].id
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = true
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.trial[each.key].arn
    container_name   = "web"
    container_port   = 80
  }
}

resource "aws_appautoscaling_target" "trial" {
  for_each           = local.services
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${local.name}/${local.name}-${each.key}"
  min_capacity       = each.value.tasks
  max_capacity       = each.value.tasks * 2
  tags               = local.tags
}

resource "aws_appautoscaling_policy" "trial" {
  for_each           = local.services
  name               = "${local.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = aws_appautoscaling_target.trial[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "trial" {
  for_each            = local.services
  alarm_name          = "${local.name}-${each.key}"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  threshold           = 10
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  tags                = local.tags

  dimensions = {
    LoadBalancer = aws_lb.trial.arn_suffix
    TargetGroup  = aws_lb_target_group.trial[each.key].arn_suffix
  }
}
