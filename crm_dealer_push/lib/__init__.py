from . import addresses, customers, dealer, errors, jsonrpc
