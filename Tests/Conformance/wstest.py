"""Autobahn's fuzzing client or server, for Python 2: wstest.py SITE client|server SPEC.

What is not needed, and what PyPy or Jython cannot import here (TLS, the suite's web pages and its other modes), is stood in
for by empty modules.
"""
import json
import sys
import types

site, mode, spec = sys.argv[1:4]
sys.path.insert(0, site)


class Anything(object):
    isClient = 1

    def __init__(self, *positional, **named):
        pass


def stand_in(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    module.__path__ = []
    sys.modules[name] = module
    return module


import twisted
import twisted.internet

twisted.internet.ssl = stand_in(
    'twisted.internet.ssl', ClientContextFactory=Anything, DefaultOpenSSLContextFactory=Anything)
twisted.web = stand_in('twisted.web')
twisted.web.server = stand_in('twisted.web.server', Site=Anything)
twisted.web.static = stand_in('twisted.web.static', File=Anything)
twisted.web.resource = stand_in('twisted.web.resource', Resource=Anything)
for name in ('wstest', 'echo', 'broadcast', 'testee', 'massconnect', 'spectemplate'):
    stand_in('autobahntestsuite.' + name)

from autobahntestsuite import fuzzing
from twisted.internet import reactor

if mode == 'client':
    fuzzing.startClient(json.load(open(spec)), debug=False)
else:
    fuzzing.startServer(json.load(open(spec)), None, debug=False)
reactor.run()
