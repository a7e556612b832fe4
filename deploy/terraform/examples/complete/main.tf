# Two daemons in IPv6-only subnets, plans in git, the page behind your single sign-on, and a role in a second account.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "shop"
  region = "eu-central-1"

  assume_role {
    role_arn = "arn:aws:iam::210987654321:role/deploy"
  }
}

variable "image" {
  type = string
}

variable "external_id" {
  type      = string
  sensitive = true
}

# Elsewhere: source = "git::https://github.com/sixshift/sixshift.git//deploy/terraform?ref=v0.1.0"
module "sixshift" {
  source = "../.."

  image          = var.image
  vpc_id         = "vpc-0123456789abcdef0"
  subnet_ids     = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  network_family = "ipv6"

  git = {
    url              = "https://git.example.com/platform/migrations.git"
    token_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:git-token-AbCdEf"
  }

  cluster_arns   = ["arn:aws:ecs:eu-central-1:123456789012:cluster/prod"]
  service_arns   = ["arn:aws:ecs:eu-central-1:123456789012:service/prod/*"]
  pass_role_arns = ["arn:aws:iam::123456789012:role/prod-*"]
  plan_role_arns = [module.shop.role_arn]

  page = {
    subnet_ids             = ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]
    certificate_arn        = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
    host_name              = "sixshift.example.com"
    issuer                 = "https://login.example.com"
    authorization_endpoint = "https://login.example.com/authorize"
    token_endpoint         = "https://login.example.com/token"
    user_info_endpoint     = "https://login.example.com/userinfo"
    client_id              = "sixshift"
    client_secret_arn      = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:oidc-client-AbCdEf"
    operator_emails        = ["sre@example.com"]
  }

  alarm_email = "sre@example.com"
}

module "shop" {
  source = "../../modules/role"

  providers = {
    aws = aws.shop
  }

  # By its account: the role need not be there yet.
  daemon_account_id = "123456789012"
  daemon_role_name  = "sixshift-task-*"
  external_id       = var.external_id
}

output "sixshift" {
  value = module.sixshift
}
