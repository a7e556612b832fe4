variable "name" {
  description = "What everything that the module makes is called."
  type        = string
  default     = "sixshift"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,23}$", var.name))
    error_message = "Up to 24 small letters, digits and dashes, beginning with a letter."
  }
}

variable "image" {
  description = "The image, best by its digest. From IPv6-only subnets ECR is reached by its dual-stack name (ACCOUNT.dkr-ecr.REGION.on.aws/...)."
  type        = string
}

variable "architecture" {
  description = "For which processor the image was built: ARM64 or X86_64."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "ARM64 or X86_64."
  }
}

variable "desired_count" {
  description = "2 is one that leads and one that takes over; 1 has no one to take over."
  type        = number
  default     = 2

  validation {
    condition     = contains([1, 2], var.desired_count)
    error_message = "1 or 2."
  }
}

variable "cpu" {
  type    = number
  default = 256
}

variable "memory" {
  description = "In MiB. 512 is enough for a thousand plans."
  type        = number
  default     = 512
}

variable "cluster" {
  description = "An ECS cluster's name; without one, the module makes its own."
  type        = string
  default     = null
}

variable "log_retention" {
  description = "In days."
  type        = number
  default     = 365
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  description = "For the daemon, in two zones at least; dual-stack or IPv6-only, with a way out to AWS."
  type        = list(string)
}

variable "network_family" {
  description = "What the subnets are, ipv6 or dualstack. It decides by which address the load balancer reaches the daemon."
  type        = string
  default     = "ipv6"

  validation {
    condition     = contains(["ipv6", "dualstack"], var.network_family)
    error_message = "ipv6 or dualstack."
  }
}

variable "assign_public_ip" {
  description = "Only in dual-stack subnets whose way out is an internet gateway."
  type        = bool
  default     = false
}

variable "git" {
  description = "The repository with the plans, over https. From IPv6-only subnets its host needs an IPv6 address, or NAT64."
  type = object({
    url              = string
    branch           = optional(string, "main")
    folder           = optional(string, "plans")
    poll             = optional(string, "60s")
    token_secret_arn = optional(string)
  })
  default = null
}

variable "s3" {
  description = "A bucket with the plans, in place of a repository."
  type = object({
    bucket = string
    prefix = optional(string, "plans/")
    poll   = optional(string, "60s")
  })
  default = null
}

variable "more_settings" {
  description = "More keys of the daemon's settings, as in { limits = { streams = 500 } }."
  type        = any
  default     = {}
}

variable "cluster_arns" {
  description = "In which clusters it may list tasks, make twins and delete services; ARNs, with stars."
  type        = list(string)
  default     = ["arn:*:ecs:*:*:cluster/*"]
}

variable "service_arns" {
  description = "Which services it may change; ARNs, with stars. Twins are called as their service, with -ipv6 behind it."
  type        = list(string)
  default     = ["arn:*:ecs:*:*:service/*"]
}

variable "route_arns" {
  description = "Which listeners and rules it may move traffic on; ARNs, with stars."
  type        = list(string)
  default     = ["arn:*:elasticloadbalancing:*:*:listener-rule/app/*", "arn:*:elasticloadbalancing:*:*:listener/app/*"]
}

variable "pass_role_arns" {
  description = "Which roles the twins' tasks may have; ARNs, with stars. They are those of the services that it moves."
  type        = list(string)
  default     = ["arn:*:iam::*:role/*"]
}

variable "plan_role_arns" {
  description = "Roles in other accounts that plans name as roleArn (modules/role makes one)."
  type        = list(string)
  default     = []
}

variable "parameter_arns" {
  description = "SSM parameters that it may read."
  type        = list(string)
  default     = []
}

variable "secret_arns" {
  description = "Secrets that it may read itself, where more_settings name some."
  type        = list(string)
  default     = []
}

variable "kms_key_arns" {
  description = "Keys of your own with which bucket, parameters or secrets are encrypted."
  type        = list(string)
  default     = []
}

variable "topic_arns" {
  description = "SNS topics that more_settings tell."
  type        = list(string)
  default     = []
}

variable "event_bus_arns" {
  description = "EventBridge buses that more_settings tell."
  type        = list(string)
  default     = []
}

variable "page" {
  description = "An internal load balancer with your single sign-on before the page; without it there is none."
  type = object({
    subnet_ids             = list(string)
    certificate_arn        = string
    host_name              = string
    client_cidrs           = optional(list(string), ["10.0.0.0/8"])
    client_ipv6_cidrs      = optional(list(string), [])
    issuer                 = string
    authorization_endpoint = string
    token_endpoint         = string
    user_info_endpoint     = string
    client_id              = string
    client_secret_arn      = string
    operator_emails        = optional(list(string), [])
  })
  default = null
}

variable "alarm_topic_arn" {
  description = "Where alarms go. Without one the module makes a topic."
  type        = string
  default     = null
}

variable "alarm_email" {
  description = "An address that the module's own topic writes to, after it was confirmed."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
}
