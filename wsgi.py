from service import app as application, config

app = application.create_app(application.build_services(config.Settings.from_environment()))
