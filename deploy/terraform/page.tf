# The page behind your single sign-on: an internal load balancer, made only where var.page says how people sign in.

data "aws_secretsmanager_secret_version" "client" {
  count = var.page == null ? 0 : 1

  secret_id = var.page.client_secret_arn
}

resource "aws_security_group" "page" {
  count = var.page == null ? 0 : 1

  name_prefix = "${var.name}-page-"
  description = "sixshift: the page, from people and to the daemon and the identity provider"
  vpc_id      = var.vpc_id
  tags        = var.tags

  ingress {
    description      = "People"
    protocol         = "tcp"
    from_port        = 443
    to_port          = 443
    cidr_blocks      = var.page.client_cidrs
    ipv6_cidr_blocks = var.page.client_ipv6_cidrs
  }

  egress {
    description = "The identity provider"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description     = "The daemon"
    protocol        = "tcp"
    from_port       = 8686
    to_port         = 8686
    security_groups = [aws_security_group.daemon.id]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "from_page" {
  count = var.page == null ? 0 : 1

  type                     = "ingress"
  description              = "The load balancer"
  security_group_id        = aws_security_group.daemon.id
  source_security_group_id = aws_security_group.page[0].id
  protocol                 = "tcp"
  from_port                = 8686
  to_port                  = 8686
}

resource "aws_lb" "page" {
  # checkov:skip=CKV_AWS_91:Access logs need a bucket of the team's own; the daemon's log and journal have every order with who gave it.
  # checkov:skip=CKV_AWS_150:Nothing is lost with it, and removing it is one step.
  count = var.page == null ? 0 : 1

  name                       = var.name
  internal                   = true
  load_balancer_type         = "application"
  ip_address_type            = "dualstack"
  subnets                    = var.page.subnet_ids
  security_groups            = [aws_security_group.page[0].id]
  drop_invalid_header_fields = true
  # The page is a stream that says something every few seconds.
  idle_timeout = 120
  tags         = var.tags
}

resource "aws_lb_target_group" "page" {
  # checkov:skip=CKV_AWS_378:From the load balancer to the daemon it is plain http within the VPC; the daemon's security group lets nobody else in.
  count = var.page == null ? 0 : 1

  name                 = var.name
  vpc_id               = var.vpc_id
  target_type          = "ip"
  ip_address_type      = var.network_family == "ipv6" ? "ipv6" : "ipv4"
  protocol             = "HTTP"
  port                 = 8686
  deregistration_delay = 20
  tags                 = var.tags

  health_check {
    path                = "/readyz"
    interval            = 15
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "page" {
  count = var.page == null ? 0 : 1

  load_balancer_arn = aws_lb.page[0].arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.page.certificate_arn
  tags              = var.tags

  default_action {
    type  = "authenticate-oidc"
    order = 1

    authenticate_oidc {
      issuer                     = var.page.issuer
      authorization_endpoint     = var.page.authorization_endpoint
      token_endpoint             = var.page.token_endpoint
      user_info_endpoint         = var.page.user_info_endpoint
      client_id                  = var.page.client_id
      client_secret              = data.aws_secretsmanager_secret_version.client[0].secret_string
      scope                      = "openid email"
      on_unauthenticated_request = "authenticate"
    }
  }

  default_action {
    type             = "forward"
    order            = 2
    target_group_arn = aws_lb_target_group.page[0].arn
  }
}

# A terminal has a token and no browser. The daemon itself refuses whoever has neither (auth.read: token).
resource "aws_lb_listener_rule" "terminals" {
  count = var.page == null ? 0 : 1

  listener_arn = aws_lb_listener.page[0].arn
  priority     = 10
  tags         = var.tags

  condition {
    path_pattern {
      values = ["/api/*"]
    }
  }

  condition {
    http_header {
      http_header_name = "authorization"
      values           = ["Bearer *"]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.page[0].arn
  }
}
