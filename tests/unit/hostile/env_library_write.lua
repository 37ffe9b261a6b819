-- expect: the library is read-only
string.format = function() return "owned" end
