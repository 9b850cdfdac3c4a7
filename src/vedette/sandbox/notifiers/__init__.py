"""Stand-ins for whoever tells people: PagerDuty, Slack, a webhook, Amazon SNS and a mail server, on loopback."""
