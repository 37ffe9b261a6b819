-- expect: rules have no global variables
function print() end
