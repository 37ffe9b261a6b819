-- result: ""
return (""):rep(1e11)
