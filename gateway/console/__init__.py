"""Pages for people: agency admins, security and system admins, auditors, registrars. Chinese by default."""
