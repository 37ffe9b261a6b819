-- expect: money has no member '__index'
return money(1, "USD").__index
