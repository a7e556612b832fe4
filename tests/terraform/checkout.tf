# A service as a team has it before it moves to IPv6-only, beside main.tf's network and load balancer: tests/tests/handover.rs
# applies it, has sixshift migrate it to its end, and hands it over.

resource "aws_lb_target_group" "checkout" {
  name                              = "checkout"
  port                              = 8080
  protocol                          = "HTTP"
  vpc_id                            = aws_vpc.main.id
  target_type                       = "ip"
  deregistration_delay              = 20
  slow_start                        = 45
  load_balancing_cross_zone_enabled = "true"

  health_check {
    path                = "/healthz"
    healthy_threshold   = 2
    unhealthy_threshold = 2
    interval            = 10
    timeout             = 4
    matcher             = "200-299"
  }

  stickiness {
    type            = "lb_cookie"
    enabled         = false
    cookie_duration = 3600
  }

  target_group_health {
    dns_failover {
      minimum_healthy_targets_count = "2"
    }

    unhealthy_state_routing {
      minimum_healthy_targets_count = 1
    }
  }

  tags = { team = "shop", "cost center" = "4711+web@eu" }
}

# Its default action is spelled in the long way, its rules in the short one, and one with an action before the forward.
resource "aws_lb_listener" "checkout" {
  load_balancer_arn = aws_lb.main.arn
  port              = 8081
  protocol          = "HTTP"

  default_action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.checkout.arn
        weight = 100
      }
    }
  }
}

resource "aws_lb_listener_rule" "checkout" {
  listener_arn = aws_lb_listener.checkout.arn
  priority     = 10

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.checkout.arn
  }

  condition {
    path_pattern {
      values = ["/pay/*"]
    }
  }
}

resource "aws_ecs_task_definition" "checkout" {
  family                   = "checkout"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = "arn:aws:iam::123456789012:role/execution"
  task_role_arn            = "arn:aws:iam::123456789012:role/checkout"

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  ephemeral_storage {
    size_in_gib = 30
  }

  volume {
    name = "scratch"
  }

  container_definitions = jsonencode([
    {
      name         = "web"
      image        = "ecr-public.aws.com/nginx/nginx:1.27"
      essential    = true
      portMappings = [{ containerPort = 8080, protocol = "tcp", name = "http", appProtocol = "http" }]
      environment = [
        { name = "ZONE", value = "eu" },
        { name = "GREETING", value = "Grüß Gott, \"$${name}\" %%{if} \\ \n\t<&> ☃" },
        { name = "EMPTY", value = "" },
      ]
      secrets     = [{ name = "TOKEN", valueFrom = "arn:aws:ssm:eu-central-1:123456789012:parameter/token" }]
      mountPoints = [{ sourceVolume = "scratch", containerPath = "/scratch" }]
      healthCheck = { command = ["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"] }
      ulimits     = [{ name = "nofile", softLimit = 1024, hardLimit = 4096 }]
      logConfiguration = {
        logDriver = "awslogs"
        options   = { awslogs-group = "/checkout", awslogs-region = "eu-central-1", awslogs-stream-prefix = "web" }
      }
    },
    {
      name      = "sidecar"
      image     = "ecr-public.aws.com/docker/library/busybox:1.36"
      essential = false
      command   = ["sh", "-c", "while true; do sleep 60; done"]
      dependsOn = [{ containerName = "web", condition = "START" }]
    },
  ])
}

resource "aws_ecs_service" "checkout" {
  name                              = "checkout"
  cluster                           = aws_ecs_cluster.main.id
  task_definition                   = aws_ecs_task_definition.checkout.arn
  desired_count                     = 2
  launch_type                       = "FARGATE"
  platform_version                  = "1.4.0"
  health_check_grace_period_seconds = 15
  enable_ecs_managed_tags           = true
  propagate_tags                    = "SERVICE"

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  network_configuration {
    subnets         = aws_subnet.dual_stack[*].id
    security_groups = [aws_security_group.tasks.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.checkout.arn
    container_name   = "web"
    container_port   = 8080
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  tags = { team = "shop" }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_lb_listener.checkout]
}

resource "aws_appautoscaling_target" "checkout" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.checkout.name}"
  min_capacity       = 2
  max_capacity       = 6
  tags               = { team = "shop" }
}

resource "aws_appautoscaling_policy" "checkout_requests" {
  name               = "requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.checkout.service_namespace
  scalable_dimension = aws_appautoscaling_target.checkout.scalable_dimension
  resource_id        = aws_appautoscaling_target.checkout.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 1000000
    scale_in_cooldown  = 120
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${aws_lb.main.arn_suffix}/${aws_lb_target_group.checkout.arn_suffix}"
    }
  }
}

resource "aws_appautoscaling_policy" "checkout_busy" {
  name               = "busy"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.checkout.service_namespace
  scalable_dimension = aws_appautoscaling_target.checkout.scalable_dimension
  resource_id        = aws_appautoscaling_target.checkout.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 60
    metric_aggregation_type = "Average"

    step_adjustment {
      metric_interval_lower_bound = 0
      metric_interval_upper_bound = 20
      scaling_adjustment          = 1
    }

    step_adjustment {
      metric_interval_lower_bound = 20
      scaling_adjustment          = 2
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "checkout_busy" {
  alarm_name          = "checkout-busy"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  dimensions          = { ClusterName = aws_ecs_cluster.main.name, ServiceName = "checkout" }
  statistic           = "Average"
  period              = 60
  threshold           = 95
  alarm_actions       = [aws_appautoscaling_policy.checkout_busy.arn]
}

resource "aws_appautoscaling_scheduled_action" "checkout" {
  name               = "evening"
  service_namespace  = aws_appautoscaling_target.checkout.service_namespace
  scalable_dimension = aws_appautoscaling_target.checkout.scalable_dimension
  resource_id        = aws_appautoscaling_target.checkout.resource_id
  schedule           = "cron(0 18 1 1 ? 2099)"
  timezone           = "Europe/Berlin"

  scalable_target_action {
    min_capacity = 3
    max_capacity = 8
  }
}
