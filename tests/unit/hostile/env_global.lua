-- expect: rules have no global variables
x = 1
