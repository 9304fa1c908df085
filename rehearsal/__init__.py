"""The world, played: for development, tests and the demo only."""

CREDENTIALS = {
    "twilio_account": "AC" + "0" * 32,
    "twilio_token": "rehearsal",
    "twilio_number": "+12025550100",
    "sendgrid_key": "SG.rehearsal",
}
"""Settings that let the real provider clients speak to the rehearsal server."""
