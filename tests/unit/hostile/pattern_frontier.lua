-- expect: budget of instructions
return (("a"):rep(5000)):gsub("%f[b].-.-.-c", "") .. (("ab"):rep(5000)):match(".-.-.-%f[z]")
