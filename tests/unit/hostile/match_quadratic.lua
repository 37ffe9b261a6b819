-- expect: budget of instructions
return match.levenshtein(("a"):rep(10000), ("b"):rep(10000))
