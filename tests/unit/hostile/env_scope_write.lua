-- expect: rules have no global variables
trigger = {}
