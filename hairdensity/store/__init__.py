"""What a clinic keeps: rows in a database, files under their sha256. Who may see what is decided in `clinic`."""

from hairdensity.extras import require

# Before the first module that imports them: what is missing is said with its remedy, not as a traceback.
require("sqlalchemy", "alembic", doing="the clinic's page", extra="web")
