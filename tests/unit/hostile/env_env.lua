-- compile: _ENV is not available in rules
_ENV = {}
