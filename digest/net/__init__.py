"""The network's one door for HTTP: fetch.Web asks it politely; what may be asked is judged on every hop."""
