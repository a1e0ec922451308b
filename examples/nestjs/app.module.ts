import { Module } from '@nestjs/common';
import { TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { typeflowEntities } from 'typeflow/entities';
import { TypeflowModule } from 'typeflow/nestjs';
import { Booking } from './booking';
import { BookingsController } from './bookings.controller';
import { BookingsService } from './bookings.service';
import { HotelModule } from './hotel.module';

function databaseUrl(): string {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) throw new Error('set DATABASE_URL to a postgres:// URL');
  return url;
}

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({ type: 'postgres', url: databaseUrl(), entities: [Booking, ...typeflowEntities()] }),
    }),
    // The application's own DataSource: its tables, and Typeflow's beside them.
    TypeflowModule.forRootAsync({
      inject: [getDataSourceToken()],
      useFactory: (database: DataSource) => ({ database, worker: { drain: '1s', lease: '5s', poll: '500ms' } }),
    }),
    HotelModule,
  ],
  controllers: [BookingsController],
  providers: [BookingsService],
})
export class AppModule {}
