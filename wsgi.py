from service.operations.server import application

app = application()
