-- expect: modules are named 'rules.NAME'
require("os")
