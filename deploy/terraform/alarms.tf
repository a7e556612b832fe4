# Alarms on the daemon itself. The lines that the filters read are the daemon's own; a test holds filters and lines together.

locals {
  topic = var.alarm_topic_arn != null ? var.alarm_topic_arn : aws_sns_topic.alarms[0].arn

  filters = {
    LookAge = {
      pattern = "{ ($.message = \"the daemon turns\") && ($.leads IS TRUE) }"
      value   = "$.look_age_seconds"
      unit    = "Seconds"
    }
    BadVerdicts = {
      pattern = "{ ($.level = \"WARN\") && ($.message = \"the verdict is Bad\") }"
      value   = "1"
    }
    Rollbacks = {
      pattern = "{ ($.target = \"sixshift_controller::fleet::log\") && ($.message = \"RolledBack\") }"
      value   = "1"
    }
    UnwrittenJournal = {
      pattern = "{ ($.level = \"ERROR\") && ($.message = \"the journal cannot be written: *\") }"
      value   = "1"
    }
    # After five minutes of it, once.
    FailingReceivers = {
      pattern = "{ ($.level = \"WARN\") && ($.message = \"notifications to *\") }"
      value   = "1"
    }
  }

  counted = {
    bad-verdict      = ["BadVerdicts", "customers on IPv6 fail, and are taken back. The log has which plan and on what evidence."]
    receiver-failing = ["FailingReceivers", "a receiver of notifications accepts nothing. No migration waits for it, but somebody is not told. The log has which one and why."]
    rolled-back      = ["Rollbacks", "a migration was rolled back. It starts again with a new revision of its plan, or by `sixshift retry`."]
    unwritten        = ["UnwrittenJournal", "the journal cannot be written. Nothing goes forward, and a restart would lose what waits."]
  }
}

resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26:CloudWatch's alarms may not use SNS's own key, and they say nothing but that there is one.
  count = var.alarm_topic_arn == null ? 1 : 0

  name = "${var.name}-alarms"
  tags = var.tags
}

resource "aws_sns_topic_policy" "alarms" {
  count = var.alarm_topic_arn == null ? 1 : 0

  arn = aws_sns_topic.alarms[0].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms[0].arn
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "mail" {
  count = var.alarm_topic_arn == null && var.alarm_email != null ? 1 : 0

  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_cloudwatch_log_metric_filter" "log" {
  for_each = local.filters

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.log.name
  pattern        = each.value.pattern

  metric_transformation {
    namespace     = var.name
    name          = each.key
    value         = each.value.value
    unit          = try(each.value.unit, "None")
    default_value = each.value.value == "1" ? 0 : null
  }
}

resource "aws_cloudwatch_metric_alarm" "not_running" {
  alarm_name        = "${var.name}-not-running"
  alarm_description = "sixshift: no task runs. Migrations stand where they are, and nothing would be rolled back."
  # Each running task is a sample a minute; it needs no Container Insights.
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  dimensions          = { ClusterName = local.cluster, ServiceName = aws_ecs_service.daemon.name }
  statistic           = "SampleCount"
  period              = 60
  evaluation_periods  = 5
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [local.topic]
  ok_actions          = [local.topic]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "not_looking" {
  alarm_name          = "${var.name}-not-looking"
  alarm_description   = "sixshift: a plan was not looked at for 15 minutes, or no daemon leads. Nothing would be rolled back."
  namespace           = var.name
  metric_name         = "LookAge"
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 900
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [local.topic]
  ok_actions          = [local.topic]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "counted" {
  for_each = local.counted

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "sixshift: ${each.value[1]}"
  namespace           = var.name
  metric_name         = each.value[0]
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.topic]
  tags                = var.tags
}
