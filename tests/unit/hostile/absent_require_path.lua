-- expect: there is no module 'rules.../../etc/passwd'
require("rules.../../etc/passwd")
