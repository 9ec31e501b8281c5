"""How the figures of two visits are subtracted: same skin, same hairs, errors of both, alarms, control site."""
