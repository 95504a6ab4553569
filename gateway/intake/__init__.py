"""What falls into the drop folders: taken in exactly once, or set aside with a written reason."""

from gateway.intake.sweep import Drop, Intake, Swept

__all__ = ["Drop", "Intake", "Swept"]
