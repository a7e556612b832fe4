output "task_role_arn" {
  description = "Whom the roles in other accounts trust (modules/role)."
  value       = aws_iam_role.task.arn
}

output "cluster_name" {
  value = local.cluster
}

output "service_name" {
  value = aws_ecs_service.daemon.name
}

output "log_group" {
  value = aws_cloudwatch_log_group.log.name
}

output "journal_table" {
  value = aws_dynamodb_table.journal.name
}

output "operator_token_arn" {
  description = "The secret with the operators' token."
  value       = aws_secretsmanager_secret.operator_token.arn
}

output "load_balancer_name" {
  description = "What the page's name in your DNS is an alias of."
  value       = try(aws_lb.page[0].dns_name, null)
}

output "alarm_topic" {
  value = local.topic
}
