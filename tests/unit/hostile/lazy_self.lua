-- expect: contains itself
trigger.body.me = trigger
return trigger
