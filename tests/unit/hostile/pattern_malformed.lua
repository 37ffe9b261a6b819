-- expect: malformed pattern
return ("x"):gsub("[", "")
